/* tiler/cli/job_options_colours.c: options of `imbrex tile` that say how bands become colours. */
#include "tiler/cli/job_options_inner.h"

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
    {"encode", 0, "KIND",
     "heights as numbers in the colours of PNG tiles: terrain-rgb\n(0.1 m), terrarium (1/256 m); each zoom is reduced "
     "in "
     "metres",
     set_encode},
    IMX_OPTION_END,
};
