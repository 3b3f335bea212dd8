/* tests/unit/engine/sources_fixture.h: GDAL for the tests of a program: imx_sources_init() before them, finish after.
 */
#ifndef IMX_TESTS_UNIT_ENGINE_SOURCES_FIXTURE_H
#define IMX_TESTS_UNIT_ENGINE_SOURCES_FIXTURE_H

#include "engine/source.h"

static inline int sources_set_up(void **state) {
    (void)state;
    imx_sources_init(16 << 20);
    return 0;
}

static inline int sources_tear_down(void **state) {
    (void)state;
    imx_sources_finish();
    return 0;
}

#endif
