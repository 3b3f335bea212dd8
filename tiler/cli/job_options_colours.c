/* tiler/cli/job_options_colours.c: options of `imbrex tile` that say how bands become colours. */
#include "tiler/cli/job_options_inner.h"

static const double z_factor_min = 1e-6, z_factor_max = 1e6;
static const double gamma_min = 0.05, gamma_max = 20; /* what kernels/lookup.h can do */

SETTER(bands) return imx_bands_parse(value, err, &o->job.source);
}
SETTER(stretch) return imx_stretch_parse(value, err, &o->job.picture);
}
SETTER(gamma) return imx_parse_real("--gamma", value, gamma_min, gamma_max, err, &o->job.picture.gamma);
}

SETTER(encode) return imx_encode_parse(value, err, &o->job.picture);
}

SETTER(colormap) o->job.picture.colormap = value;
return IMX_OK;
}
SETTER(colormap_mode) return imx_colormap_mode_parse(value, err, &o->job.picture);
}

/* ---- light and slope ---- */

static imx_status set_relief(imx_job_cli *o, imx_relief_kind kind, imx_error *err) {
    imx_relief_options *relief = &o->job.picture.relief;
    if (relief->kind != IMX_RELIEF_NONE && relief->kind != kind) {
        return imx_fail(err, IMX_E_USAGE, "--hillshade and --slope: a layer shows one of them");
    }
    relief->kind = kind;
    return IMX_OK;
}
SETTER(hillshade) return set_relief(o, IMX_RELIEF_SHADE, err);
}
SETTER(slope) return set_relief(o, IMX_RELIEF_SLOPE, err);
}
SETTER(azimuth) o->job.picture.light_given = o->job.picture.one_light_given = true;
return imx_parse_real("--azimuth", value, 0, 360, err, &o->job.picture.relief.azimuth_deg);
}
SETTER(altitude) o->job.picture.light_given = true;
return imx_parse_real("--altitude", value, 0, 90, err, &o->job.picture.relief.altitude_deg);
}
SETTER(multidirectional) o->job.picture.light_given = o->job.picture.relief.all_round = true;
return IMX_OK;
}
SETTER(z_factor) o->job.picture.z_factor_given = true;
return imx_parse_real("--z-factor", value, z_factor_min, z_factor_max, err, &o->job.picture.relief.z_factor);
}

const imx_option imx_colour_options[] = {
    IMX_OPTION_HEADING("Colours"),
    {"bands", 0, "R,G,B|N",
     "bands to show, by number from 1 or name, such as swir1,nir,red\nor B8A (those called red, green and blue, else "
     "the "
     "first three,\nor the first)",
     set_bands},
    {"stretch", 0, "MIN,MAX",
     "what becomes black and white: values, or percentiles of the\nwhole layer as 2%,98%; band by band with / between; "
     "none; or\nauto: 8 bits as they are, others 2%,98% (auto)",
     set_stretch},
    {"gamma", 0, "G", "over 1: brighter in between (1)", set_gamma},
    {"colormap", 0, "FILE",
     "one band in colours by value: lines of VALUE R G B [A], as for\ngdaldem color-relief or out of QGIS; 0%..100% of "
     "the layer",
     set_colormap},
    {"colormap-mode", 0, "MODE",
     "between: colours are mixed; exact; nearest; discrete: up to each\nvalue (what the file says, else between)",
     set_colormap_mode},
    {"hillshade", 0, NULL,
     "light on heights, as gray, or darkening --colormap's colours;\npixels as large as they are on the ground",
     set_hillshade},
    {"azimuth", 0, "DEG", "where the light comes from, clockwise from north (315)", set_azimuth},
    {"altitude", 0, "DEG", "how high it stands (45)", set_altitude},
    {"multidirectional", 0, NULL, "light from four sides", set_multidirectional},
    {"slope", 0, NULL, "how steep heights are: degrees, for --stretch (0,90) or\n--colormap", set_slope},
    {"z-factor", 0, "Z", "metres that one unit of the heights is (1; feet: 0.3048)", set_z_factor},
    {"encode", 0, "KIND",
     "heights as numbers in the colours of PNG tiles: terrain-rgb\n(0.1 m), terrarium (1/256 m); each zoom is reduced "
     "in "
     "metres",
     set_encode},
    IMX_OPTION_END,
};
