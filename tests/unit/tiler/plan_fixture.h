/* tests/unit/tiler/plan_fixture.h: plans built by hand, and their JSON. */
#ifndef IMX_TESTS_UNIT_TILER_PLAN_FIXTURE_H
#define IMX_TESTS_UNIT_TILER_PLAN_FIXTURE_H

#include "tiler/plan.h"

/* The outline of the scene's footprint. */
extern const double plan_ring[8];

/* A plan of one picture with everything that can be set. */
imx_plan *make_plan(imx_memory *memory);
/* The same scene in a grid whose zoom 7 is no half of zoom 6; the finer matrix does not hold it. */
imx_plan *make_chained_plan(imx_memory *memory);
/* To be freed without a memory. */
char *json_of(const imx_plan *plan, bool for_archive);

#endif
