/* engine/base/pool.h: a work-stealing pthread pool for trees of tasks.
 *
 * A task's `run` may spawn children; when `run` has returned and every child has finished, `finish` (if any) is
 * called, once, by whichever worker completed the last part; then the task counts as finished for its parent. So a
 * parent starts when its children are done, and no thread ever waits for one.
 *
 * Each worker has a deque: it pushes and pops at one end (depth-first, last spawned first run); thieves take from
 * the other (the oldest, hence the largest subtree). A FIFO beside them takes tasks that must start in a given
 * order; a worker turns to it when no deque has work, so what was begun is ended before anything new begins.
 *
 * First failure wins: it cancels the pool run; tasks not yet started are not run (nor finished): `drop` is called on
 * each task that did not finish (its own `run` or `finish` failed, it was never run, or a child was dropped), once,
 * children before parents, so that it can free what it owns. Exactly one of "finished" and "dropped" happens to a task.
 *
 * A task is embedded in the caller's struct, lives until its `finish` returned IMX_OK (or `run` if there is no finish
 * and no children), or `drop`; it may free itself at the end of a successful `finish` or of `drop`: the pool no longer
 * touches it then.
 */
#ifndef IMX_ENGINE_BASE_POOL_H
#define IMX_ENGINE_BASE_POOL_H

#include <stdatomic.h>
#include <stdbool.h>

#include "engine/base/memory.h"
#include "engine/base/status.h"

typedef struct imx_pool imx_pool;
typedef struct imx_worker imx_worker;
typedef struct imx_task imx_task;
typedef imx_status (*imx_task_fn)(imx_task *task, imx_worker *worker, imx_error *err);

struct imx_task {
    imx_task_fn run;
    imx_task_fn finish;       /* NULL: nothing */
    void (*drop)(imx_task *); /* NULL: nothing */
    /* The pool's own, set when the task is spawned. */
    imx_task *parent, *older, *newer;
    atomic_size_t pending; /* its own run, and children that have not ended */
    atomic_bool spoilt;    /* run failed, or a child was dropped */
};

/* threads >= 1. The threads start here and sleep until imx_pool_run(). They take no asynchronous signals. */
IMX_MUST_USE imx_status imx_pool_create(imx_memory *memory, unsigned threads, imx_error *err, imx_pool **out);
void imx_pool_destroy(imx_pool **pool);
unsigned imx_pool_threads(const imx_pool *pool);

/* Runs root and all that it spawns; returns when everything finished or dropped. IMX_OK if and only if root finished;
 * else the first failure's status and text, or IMX_E_CANCELLED if imx_pool_cancel() came first. One run at a time. */
IMX_MUST_USE imx_status imx_pool_run(imx_pool *pool, imx_task *root, imx_error *err);
/* Asks a run to stop after the tasks that are running now. Any thread; async-signal-safe. Between runs it stops the
 * next one before it begins; each run, when it returns, has used the request up. */
void imx_pool_cancel(imx_pool *pool);
/* Whether the run is to stop, by a cancel or a failure: for tasks that take long. Any thread. */
bool imx_pool_cancelled(const imx_pool *pool);

/* Puts child onto the worker's deque. Only from inside a task's run or finish, on its own worker. The child's parent is
 * the task given, which must not have finished (a task whose run is being executed, or one that waits for other
 * children; not the task whose finish this is). */
void imx_spawn(imx_worker *worker, imx_task *parent, imx_task *child);
/* The same onto the shared queue, whose tasks are started in order. */
void imx_spawn_fifo(imx_worker *worker, imx_task *parent, imx_task *child);
/* A task that its spawner runs by hand: from begin to end it counts as running (its own `run` is not called), so
 * children can be spawned under it in any order beside others; end settles it as if `run` had returned IMX_OK. Both
 * within one call of the spawner's run or finish. */
void imx_task_begin(imx_worker *worker, imx_task *parent, imx_task *task);
void imx_task_end(imx_worker *worker, imx_task *task);
unsigned imx_worker_index(const imx_worker *worker); /* 0..threads-1 */
imx_pool *imx_worker_pool(const imx_worker *worker);

#endif
