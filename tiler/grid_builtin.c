/* tiler/grid_builtin.c: the built-in tile matrix sets, as constants.
 *
 * Numbers: OGC 17-083r4, annex D, and the OGC's register of tile matrix sets; CGCS2000Quad: GB/T 35634 and Tianditu's
 * `c` service. They follow from the extents of the CRSs, so they stand here as what they are derived from and not as
 * rounded decimals. */
#include <math.h>
#include <stddef.h>
#include <strings.h>

#include "tiler/grid.h"

#define WGS84_A_M 6378137.0 /* semi-major axis */
#define MERCATOR_HALF_M (M_PI * WGS84_A_M)
#define METRES_PER_DEGREE (2 * M_PI * WGS84_A_M / 360)
#define OWN_TILE_PX 256
#define QUARTER_MERIDIAN_M 10001965.729312752 /* of WGS 84: equator to pole */
#define UPS_HALF_M 16440759.350252            /* from the pole to the edge of the UPS quads */
#define UPS_FALSE_M 2000000.0
#define UTM_FALSE_EASTING_M 500000.0
#define LAEA_SIDE_M 4500000.0

#define OGC_SET(name) "http://www.opengis.net/def/tilematrixset/OGC/1.0/" name
#define OGC_EPSG(code) "http://www.opengis.net/def/crs/EPSG/0/" code

#define UTM(zone)                                                                                                      \
    {                                                                                                                  \
        .id = "UTM" zone "WGS84Quad", .title = "Universal Transverse Mercator Zone " zone " WGS84 Quad",               \
        .uri = OGC_SET("UTM" zone "WGS84Quad"), .crs = "EPSG:326" zone, .crs_uri = OGC_EPSG("326" zone),               \
        .tile_px = OWN_TILE_PX, .first_id = 1, .zooms = 24,                                                            \
        .top = {.res = 2 * QUARTER_MERIDIAN_M / OWN_TILE_PX,                                                           \
                .origin_x = UTM_FALSE_EASTING_M - QUARTER_MERIDIAN_M,                                                  \
                .origin_y = 2 * QUARTER_MERIDIAN_M,                                                                    \
                .columns = 1,                                                                                          \
                .rows = 2},                                                                                            \
        .metres_per_unit = 1, .aspect = 1, .projection = IMX_GRID_PROJECTED,                                           \
    }

#define UPS(name, pole, code)                                                                                          \
    {                                                                                                                  \
        .id = name, .title = "Universal Polar Stereographic WGS 84 Quad for " pole, .uri = OGC_SET(name),              \
        .crs = "EPSG:" code, .crs_uri = OGC_EPSG(code), .tile_px = OWN_TILE_PX, .zooms = 25,                           \
        .top = {.res = 2 * UPS_HALF_M / OWN_TILE_PX,                                                                   \
                .origin_x = UPS_FALSE_M - UPS_HALF_M,                                                                  \
                .origin_y = UPS_FALSE_M + UPS_HALF_M,                                                                  \
                .columns = 1,                                                                                          \
                .rows = 1},                                                                                            \
        .metres_per_unit = 1, .aspect = 1, .projection = IMX_GRID_PROJECTED,                                           \
    }

static const imx_grid GRIDS[] = {
    {
        .id = "WebMercatorQuad",
        .title = "Google Maps Compatible for the World",
        .uri = OGC_SET("WebMercatorQuad"),
        .crs = "EPSG:3857",
        .crs_uri = OGC_EPSG("3857"),
        .tile_px = OWN_TILE_PX,
        .zooms = 25,
        .top = {2 * MERCATOR_HALF_M / OWN_TILE_PX, -MERCATOR_HALF_M, MERCATOR_HALF_M, 1, 1},
        .metres_per_unit = 1,
        .aspect = 1,
        .wraps = true,
        .projection = IMX_GRID_MERCATOR,
    },
    {
        .id = "WorldCRS84Quad",
        .title = "CRS84 for the World",
        .uri = OGC_SET("WorldCRS84Quad"),
        .crs = "OGC:CRS84",
        .crs_uri = "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
        .tile_px = OWN_TILE_PX,
        .zooms = 24,
        .top = {180.0 / OWN_TILE_PX, -180, 90, 2, 1},
        .metres_per_unit = METRES_PER_DEGREE,
        .aspect = 1,
        .wraps = true,
        .projection = IMX_GRID_LONLAT,
    },
    {
        .id = "CGCS2000Quad",
        .title = "CGCS2000 for the World (Tianditu c)",
        .crs = "EPSG:4490",
        .crs_uri = OGC_EPSG("4490"),
        .tile_px = OWN_TILE_PX,
        .first_id = 1,
        .zooms = 20,
        .top = {180.0 / OWN_TILE_PX, -180, 90, 2, 1},
        .metres_per_unit = METRES_PER_DEGREE,
        .aspect = 1,
        .wraps = true,
        .projection = IMX_GRID_LONLAT,
    },
    {
        .id = "WorldMercatorWGS84Quad",
        .title = "World Mercator WGS84 (ellipsoid)",
        .uri = OGC_SET("WorldMercatorWGS84Quad"),
        .crs = "EPSG:3395",
        .crs_uri = OGC_EPSG("3395"),
        .tile_px = OWN_TILE_PX,
        .zooms = 25,
        .top = {2 * MERCATOR_HALF_M / OWN_TILE_PX, -MERCATOR_HALF_M, MERCATOR_HALF_M, 1, 1},
        .metres_per_unit = 1,
        .aspect = 1,
        .wraps = true,
        .projection = IMX_GRID_MERCATOR_WGS84,
    },
    {
        .id = "EuropeanETRS89_LAEAQuad",
        .title = "Lambert Azimuthal Equal Area ETRS89 for Europe",
        .uri = OGC_SET("EuropeanETRS89_LAEAQuad"),
        .crs = "EPSG:3035",
        .crs_uri = OGC_EPSG("3035"),
        .tile_px = OWN_TILE_PX,
        .zooms = 16,
        .top = {LAEA_SIDE_M / OWN_TILE_PX, 2000000, 5500000, 1, 1},
        .metres_per_unit = 1,
        .aspect = 1,
        .projection = IMX_GRID_PROJECTED,
    },
    UPS("UPSArcticWGS84Quad", "Arctic", "5041"),
    UPS("UPSAntarcticWGS84Quad", "Antarctic", "5042"),
    UTM("01"),
    UTM("02"),
    UTM("03"),
    UTM("04"),
    UTM("05"),
    UTM("06"),
    UTM("07"),
    UTM("08"),
    UTM("09"),
    UTM("10"),
    UTM("11"),
    UTM("12"),
    UTM("13"),
    UTM("14"),
    UTM("15"),
    UTM("16"),
    UTM("17"),
    UTM("18"),
    UTM("19"),
    UTM("20"),
    UTM("21"),
    UTM("22"),
    UTM("23"),
    UTM("24"),
    UTM("25"),
    UTM("26"),
    UTM("27"),
    UTM("28"),
    UTM("29"),
    UTM("30"),
    UTM("31"),
    UTM("32"),
    UTM("33"),
    UTM("34"),
    UTM("35"),
    UTM("36"),
    UTM("37"),
    UTM("38"),
    UTM("39"),
    UTM("40"),
    UTM("41"),
    UTM("42"),
    UTM("43"),
    UTM("44"),
    UTM("45"),
    UTM("46"),
    UTM("47"),
    UTM("48"),
    UTM("49"),
    UTM("50"),
    UTM("51"),
    UTM("52"),
    UTM("53"),
    UTM("54"),
    UTM("55"),
    UTM("56"),
    UTM("57"),
    UTM("58"),
    UTM("59"),
    UTM("60"),
};
enum { GRIDS_COUNT = sizeof GRIDS / sizeof *GRIDS };

const imx_grid *imx_grid_find(const char *id) {
    for (size_t i = 0; id && i < GRIDS_COUNT; i++) {
        if (strcasecmp(GRIDS[i].id, id) == 0) {
            return &GRIDS[i];
        }
    }
    return NULL;
}

const imx_grid *imx_grid_at(unsigned index) { return index < GRIDS_COUNT ? &GRIDS[index] : NULL; }
