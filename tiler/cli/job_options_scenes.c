/* tiler/cli/job_options_scenes.c: what can be said of the scenes that `imbrex tile` and `imbrex warp` are given. */
#include "tiler/cli/job_options_inner.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Four numbers with commas between them. */
static bool parse_box(const char *text, double box[4]) {
    for (int i = 0; i < 4; i++) {
        char *end;
        box[i] = strtod(text, &end);
        if (end == text || !isfinite(box[i]) || *end != (i < 3 ? ',' : '\0')) {
            return false;
        }
        text = end + 1;
    }
    return true;
}

SETTER(bbox)
o->job.limits.has_box = true;
return parse_box(value, o->job.limits.box)
           ? IMX_OK
           : imx_fail(err, IMX_E_USAGE, "--bbox: '%s' is not WEST,SOUTH,EAST,NORTH", value);
}

SETTER(bbox_crs)
o->job.limits.box_crs = value;
return IMX_OK;
}

SETTER(cutline)
o->job.limits.cutline.path = value;
return IMX_OK;
}

SETTER(cutline_layer)
o->job.limits.cutline.layer = value;
return IMX_OK;
}

SETTER(cutline_where)
o->job.limits.cutline.where = value;
return IMX_OK;
}

SETTER(cutline_crs)
o->job.limits.cutline.crs = value;
return IMX_OK;
}

SETTER(source_overviews)
if (strcmp(value, "auto") != 0 && strcmp(value, "none") != 0) {
    return imx_fail(err, IMX_E_USAGE, "--source-overviews: '%s' is not auto or none", value);
}
o->job.source_overviews = !strcmp(value, "auto");
return IMX_OK;
}

SETTER(nodata)
o->job.source.has_nodata = true;
o->job.source.no_nodata = false;
return imx_parse_sample("--nodata", value, err, &o->job.source.nodata);
}

SETTER(no_nodata)
o->job.source.no_nodata = true;
o->job.source.has_nodata = false;
return IMX_OK;
}

SETTER(mask)
o->job.source.mask = value;
return IMX_OK;
}

SETTER(collar)
long within;
imx_status s = imx_parse_int("--collar", value, 0, 65535, err, &within);
if (!s) {
    o->job.has_collar = true;
    o->job.collar = (int32_t)within;
}
return s;
}

SETTER(src_crs)
o->job.source.crs = value;
return IMX_OK;
}

SETTER(operation)
o->job.source.operation = value;
return IMX_OK;
}

/* One of --order, --tps, --geoloc, ... */
static imx_status choose_georef(imx_job_cli *o, const char *what, imx_georef_choice choice, imx_error *err) {
    imx_georef_choice *chosen = &o->job.source.georef;
    if (*chosen != IMX_CHOOSE_AUTO && *chosen != choice) {
        return imx_fail(err, IMX_E_USAGE, "%s: another kind of georeferencing is chosen already: give one of them",
                        what);
    }
    *chosen = choice;
    return IMX_OK;
}

SETTER(rpc) return choose_georef(o, "--rpc", IMX_CHOOSE_RPC, err);
}

SETTER(geoloc) return choose_georef(o, "--geoloc", IMX_CHOOSE_GEOLOCATION, err);
}

SETTER(tps) return choose_georef(o, "--tps", IMX_CHOOSE_TPS, err);
}

SETTER(order)
long order;
imx_status s = imx_parse_int("--order", value, 1, 3, err, &order);
o->job.source.gcp_order = s ? o->job.source.gcp_order : (int)order;
return s ? s : choose_georef(o, "--order", IMX_CHOOSE_POLYNOMIAL, err);
}

SETTER(dem)
o->job.source.dem = value;
return IMX_OK;
}

SETTER(dem_resample)
const bool bilinear = !strcmp(value, "bilinear"), cubic = !strcmp(value, "cubic");
if (!bilinear && !cubic && strcmp(value, "cubicspline") != 0) {
    return imx_fail(err, IMX_E_USAGE, "--dem-resample: '%s' is not bilinear, cubic or cubicspline", value);
}
o->job.source.has_dem_resample = true;
o->job.source.dem_resample = bilinear ? IMX_DEM_BILINEAR : cubic ? IMX_DEM_CUBIC : IMX_DEM_CUBICSPLINE;
return IMX_OK;
}

SETTER(geoid)
o->job.source.geoid = value;
return IMX_OK;
}

SETTER(rpc_height)
o->job.source.has_rpc_height = true;
return imx_parse_real("--rpc-height", value, -12000, 10000, err, &o->job.source.rpc_height_m);
}

const imx_option imx_scene_options[] = {
    IMX_OPTION_HEADING("Scenes (later ones lie on top)"),
    {"src-crs", 0, "CRS",
     "the scenes' CRS, where files do not say or are wrong: EPSG:n,\nCRS84, a URN, WKT, PROJJSON, a PROJ string "
     "(\"+proj=utm\n+zone=50\"), or a file with one of these (.prj)",
     set_src_crs},
    {"operation", 0, "PIPELINE",
     "PROJ pipeline from the scenes' CRS to the grid's, instead of\nthe best that PROJ has for their area",
     set_operation},
    {"nodata", 0, "VALUE", "the scenes' nodata value", set_nodata},
    {"no-nodata", 0, NULL, "ignore the files' nodata values", set_no_nodata},
    {"mask", 0, "WORDS",
     "of deliveries with a quality band (Landsat Collection 2), also\nwhat that names: cloud, cloud-shadow, "
     "dilated-cloud, cirrus,\nsnow, water; fill always, without --no-nodata",
     set_mask},
    {"collar", 0, "N",
     "remove what hangs together with a scene's border through\npixels within N of black or of white on every band "
     "(white: 255\nof 8 bits, 4095 of 12, 65535 of 16, 32767 with a sign; floats\nhave none; 5 is usual, 20 after "
     "JPEG)",
     set_collar},
    {"source-overviews", 0, "auto|none", "read the files' overviews where zoomed out (auto)", set_source_overviews},
    IMX_OPTION_HEADING("Scenes without a geotransform (control points, RPC, arrays)"),
    {"order", 0, "N", "polynomial of order 1 to 3 through control points (2 from\n6 points on, else 1)", set_order},
    {"tps", 0, NULL, "thin-plate spline through control points", set_tps},
    {"rpc", 0, NULL, "RPC, even where there is a geotransform", set_rpc},
    {"geoloc", 0, NULL, "geolocation arrays, even where there is a geotransform", set_geoloc},
    {"dem", 0, "FILE", "heights under RPC, in any CRS; or a URL (none: HEIGHT_OFF)", set_dem},
    {"dem-resample", 0, "METHOD",
     "bilinear, cubic, cubicspline, which smooths, as gdalwarp's\nRPC_DEMINTERPOLATION=cubic does (bilinear)",
     set_dem_resample},
    {"geoid", 0, "GEOID",
     "what the DEM's heights are above: egm96, egm2008, a raster of\nundulations, none (what "
     "its CRS says, else none)",
     set_geoid},
    {"rpc-height", 0, "METRES", "ellipsoidal height under RPC without --dem (HEIGHT_OFF)", set_rpc_height},
    IMX_OPTION_HEADING(
        "Limits (pixels whose centre lies outside are nothing, whatever the tile; nor is anything read for "
        "them)"),
    {"bbox", 0, "W,S,E,N", "a box in degrees on WGS 84; W > E leads across the\nantimeridian", set_bbox},
    {"bbox-crs", 0, "CRS", "what the box's numbers are in instead (as --src-crs)", set_bbox_crs},
    {"cutline", 0, "FILE", "the polygons of a GeoPackage, GeoJSON, Shapefile, ..., in\ntheir own CRS", set_cutline},
    {"cutline-layer", 0, "NAME", "of the file, where it has several", set_cutline_layer},
    {"cutline-where", 0, "SQL", "only features for which this holds, as \"name = 'Goma'\"", set_cutline_where},
    {"cutline-crs", 0, "CRS", "the polygons' CRS, where the file does not say (as\n--src-crs)", set_cutline_crs},
    IMX_OPTION_END,
};
