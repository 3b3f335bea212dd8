/* engine/itrs_frames.c: see the header. Codes and names: EPSG geodetic parameter dataset. */
#include "engine/itrs_frames.h"

#include <stdbool.h>
#include <stdlib.h>
#include <strings.h>

static const imx_itrs_frame frames[] = {
    /* WGS 84, its ensemble and its realisations from G730 on: NGA.STND.0036 (2014), table 2.1 and on. */
    {6326, "World Geodetic System 1984", "WGS 84"},
    {1152, "World Geodetic System 1984 (G730)", "WGS 84 (G730)"},
    {1153, "World Geodetic System 1984 (G873)", "WGS 84 (G873)"},
    {1154, "World Geodetic System 1984 (G1150)", "WGS 84 (G1150)"},
    {1155, "World Geodetic System 1984 (G1674)", "WGS 84 (G1674)"},
    {1156, "World Geodetic System 1984 (G1762)", "WGS 84 (G1762)"},
    {1309, "World Geodetic System 1984 (G2139)", "WGS 84 (G2139)"},
    /* IERS: the ITRF themselves. */
    {6647, "International Terrestrial Reference Frame 1988", "ITRF88"},
    {6648, "International Terrestrial Reference Frame 1989", "ITRF89"},
    {6649, "International Terrestrial Reference Frame 1990", "ITRF90"},
    {6650, "International Terrestrial Reference Frame 1991", "ITRF91"},
    {6651, "International Terrestrial Reference Frame 1992", "ITRF92"},
    {6652, "International Terrestrial Reference Frame 1993", "ITRF93"},
    {6653, "International Terrestrial Reference Frame 1994", "ITRF94"},
    {6654, "International Terrestrial Reference Frame 1996", "ITRF96"},
    {6655, "International Terrestrial Reference Frame 1997", "ITRF97"},
    {6656, "International Terrestrial Reference Frame 2000", "ITRF2000"},
    {6896, "International Terrestrial Reference Frame 2005", "ITRF2005"},
    {1061, "International Terrestrial Reference Frame 2008", "ITRF2008"},
    {1165, "International Terrestrial Reference Frame 2014", "ITRF2014"},
    {1322, "International Terrestrial Reference Frame 2020", "ITRF2020"},
    /* IGS: aligned with ITRF97, ITRF2000, ITRF2005, ITRF2008 and ITRF2014. */
    {1244, "IGS97", "IGS97"},
    {1245, "IGS00", "IGS00"},
    {1246, "IGb00", "IGb00"},
    {1247, "IGS05", "IGS05"},
    {1141, "IGS08", "IGS08"},
    {1248, "IGb08", "IGb08"},
    {1191, "IGS14", "IGS14"},
    {1272, "IGb14", "IGb14"},
    /* SIRGAS-CON: yearly solutions in the IGS's frames. */
    {1227, "SIRGAS Continuously Operating Network DGF00P01", "SIRGAS-CON DGF00P01"},
    {1228, "SIRGAS Continuously Operating Network DGF01P01", "SIRGAS-CON DGF01P01"},
    {1229, "SIRGAS Continuously Operating Network DGF01P02", "SIRGAS-CON DGF01P02"},
    {1230, "SIRGAS Continuously Operating Network DGF02P01", "SIRGAS-CON DGF02P01"},
    {1231, "SIRGAS Continuously Operating Network DGF04P01", "SIRGAS-CON DGF04P01"},
    {1232, "SIRGAS Continuously Operating Network DGF05P01", "SIRGAS-CON DGF05P01"},
    {1233, "SIRGAS Continuously Operating Network DGF06P01", "SIRGAS-CON DGF06P01"},
    {1234, "SIRGAS Continuously Operating Network DGF07P01", "SIRGAS-CON DGF07P01"},
    {1235, "SIRGAS Continuously Operating Network DGF08P01", "SIRGAS-CON DGF08P01"},
    {1236, "SIRGAS Continuously Operating Network SIR09P01", "SIRGAS-CON SIR09P01"},
    {1237, "SIRGAS Continuously Operating Network SIR10P01", "SIRGAS-CON SIR10P01"},
    {1238, "SIRGAS Continuously Operating Network SIR11P01", "SIRGAS-CON SIR11P01"},
    {1239, "SIRGAS Continuously Operating Network SIR13P01", "SIRGAS-CON SIR13P01"},
    {1240, "SIRGAS Continuously Operating Network SIR14P01", "SIRGAS-CON SIR14P01"},
    {1241, "SIRGAS Continuously Operating Network SIR15P01", "SIRGAS-CON SIR15P01"},
    {1242, "SIRGAS Continuously Operating Network SIR17P01", "SIRGAS-CON SIR17P01"},
    /* ITRF97 at epoch 2000.0: Yang Y., Chinese geodetic coordinate system 2000, Chinese Science Bulletin 54 (2009). */
    {1043, "China 2000", "CGCS2000"},
    /* ITRF2000 at epoch 2000.0: Kadir M. et al., Geocentric Datum GDM2000 for Malaysia, UTM and DSMM (2003). */
    {6742, "Geodetic Datum of Malaysia 2000", "GDM2000"},
};

const imx_itrs_frame *imx_itrs_frame_find(const char *code, const char *name) {
    const imx_itrs_frame *found = NULL;
    const int number = code && *code ? atoi(code) : 0;
    for (size_t i = 0; i < sizeof frames / sizeof *frames && !found; i++) {
        const bool same = number ? frames[i].code == number : name && strcasecmp(frames[i].datum, name) == 0;
        found = same ? &frames[i] : NULL;
    }
    return found;
}
