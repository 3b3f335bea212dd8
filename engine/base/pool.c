/* engine/base/pool.c: deques of intrusive tasks, one per worker and a shared FIFO; a counter of queued tasks to sleep
 * by.
 *
 * Tasks take milliseconds, so a mutex per deque costs nothing that shows, and it leaves nothing to prove about memory
 * order. Dropping needs no list of all tasks: after a failure every queued task is still taken, but dropped instead of
 * run, and a parent is settled by its last child whichever way that child ended.
 */
#include "engine/base/pool.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

typedef struct deque {
    pthread_mutex_t lock;
    imx_task *oldest, *newest;
} deque;

struct imx_worker {
    _Alignas(64) deque own;
    imx_pool *pool;
    unsigned index;
    pthread_t thread;
    imx_error error; /* of the task that it runs */
};

/* How a run goes; whoever leaves GOING first decides what the run reports. */
enum { GOING, CANCELLED, FAILED };
_Static_assert(ATOMIC_INT_LOCK_FREE == 2, "imx_pool_cancel() is called by signal handlers");

struct imx_pool {
    imx_memory *memory;
    unsigned threads, started;
    imx_worker *workers;
    deque fifo;
    atomic_int state;
    atomic_size_t queued;   /* tasks in all deques and the FIFO */
    atomic_size_t sleepers; /* workers that are about to look at `queued`, or wait */
    pthread_mutex_t lock;   /* of what follows, and of sleeping */
    pthread_cond_t work, done;
    bool stop;          /* the threads shall end */
    bool root_ended;    /* the run is over */
    bool root_finished; /* and it is complete */
    imx_error error;    /* the first failure */
};

/* ---- deques -------------------------------------------------------------------------------------------------- */

static void push(imx_pool *pool, deque *d, imx_task *task) {
    pthread_mutex_lock(&d->lock);
    task->newer = NULL;
    task->older = d->newest;
    *(d->newest ? &d->newest->newer : &d->oldest) = task;
    d->newest = task;
    atomic_fetch_add(&pool->queued, 1);
    pthread_mutex_unlock(&d->lock);
}

static imx_task *take(imx_pool *pool, deque *d, bool newest) {
    pthread_mutex_lock(&d->lock);
    imx_task *task = newest ? d->newest : d->oldest;
    if (task) {
        *(task->older ? &task->older->newer : &d->oldest) = task->newer;
        *(task->newer ? &task->newer->older : &d->newest) = task->older;
        atomic_fetch_sub(&pool->queued, 1);
    }
    pthread_mutex_unlock(&d->lock);
    return task;
}

/* Its own newest, else the oldest of another, else what the FIFO says. */
static imx_task *find_task(imx_worker *worker) {
    imx_pool *pool = worker->pool;
    imx_task *task = take(pool, &worker->own, true);
    for (unsigned i = 1; !task && i < pool->threads; i++) {
        task = take(pool, &pool->workers[(worker->index + i) % pool->threads].own, false);
    }
    return task ? task : take(pool, &pool->fifo, false);
}

static void adopt(imx_task *parent, imx_task *child) {
    child->parent = parent;
    atomic_init(&child->pending, 1);
    atomic_init(&child->spoilt, false);
    if (parent) {
        atomic_fetch_add(&parent->pending, 1);
    }
}

/* A sleeper counts itself before it looks at `queued`; a spawner adds to `queued` before it looks at `sleepers`. Both
 * are sequentially consistent, so one of the two sees the other and no task is left lying. */
static void enqueue(imx_pool *pool, deque *d, imx_task *parent, imx_task *child) {
    adopt(parent, child);
    push(pool, d, child);
    if (atomic_load(&pool->sleepers)) {
        pthread_mutex_lock(&pool->lock);
        pthread_cond_signal(&pool->work);
        pthread_mutex_unlock(&pool->lock);
    }
}

/* Returns when there may be a task; false when the thread shall end. */
static bool sleep_until_work(imx_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add(&pool->sleepers, 1);
    while (!pool->stop && atomic_load(&pool->queued) == 0) {
        pthread_cond_wait(&pool->work, &pool->lock);
    }
    atomic_fetch_sub(&pool->sleepers, 1);
    bool go_on = !pool->stop;
    pthread_mutex_unlock(&pool->lock);
    return go_on;
}

/* ---- tasks --------------------------------------------------------------------------------------------------- */

/* Calls run or finish; the first failure of the run is kept. */
static bool call(imx_worker *worker, imx_task_fn fn, imx_task *task) {
    imx_pool *pool = worker->pool;
    worker->error.status = IMX_OK;
    worker->error.text[0] = '\0';
    imx_status status = fn(task, worker, &worker->error);
    if (status == IMX_OK) {
        return true;
    }
    int going = GOING;
    if (atomic_compare_exchange_strong(&pool->state, &going, FAILED)) {
        pthread_mutex_lock(&pool->lock);
        (void)imx_fail(&pool->error, status, "%s",
                       worker->error.text[0] ? worker->error.text : imx_status_name(status));
        pthread_mutex_unlock(&pool->lock);
    }
    return false;
}

static void end_run(imx_pool *pool, bool finished) {
    pthread_mutex_lock(&pool->lock);
    pool->root_ended = true;
    pool->root_finished = finished;
    pthread_cond_signal(&pool->done);
    pthread_mutex_unlock(&pool->lock);
}

/* One part of the task (its run, or a child) has ended. The last part finishes or drops it, which is a part of its
 * parent, and so on upwards. */
static void settle(imx_worker *worker, imx_task *task) {
    imx_pool *pool = worker->pool;
    while (atomic_fetch_sub(&task->pending, 1) == 1) {
        imx_task *parent = task->parent;
        bool finished = !atomic_load(&task->spoilt);
        if (finished && task->finish) {
            finished = !imx_pool_cancelled(pool) && call(worker, task->finish, task);
        }
        if (!finished) {
            if (task->drop) {
                task->drop(task);
            }
            if (parent) {
                atomic_store(&parent->spoilt, true);
            }
        }
        if (!parent) {
            end_run(pool, finished);
            return;
        }
        task = parent;
    }
}

static void *work(void *argument) {
    imx_worker *worker = argument;
    do {
        for (imx_task *task; (task = find_task(worker));) {
            if (imx_pool_cancelled(worker->pool) || !call(worker, task->run, task)) {
                atomic_store(&task->spoilt, true);
            }
            settle(worker, task);
        }
    } while (sleep_until_work(worker->pool));
    return NULL;
}

/* ---- the pool ------------------------------------------------------------------------------------------------ */

/* Signals are the main thread's; only those that a fault raises in the thread itself stay open. */
static int start_thread(imx_worker *worker) {
    sigset_t closed, before;
    sigfillset(&closed);
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP};
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        sigdelset(&closed, faults[i]);
    }
    pthread_sigmask(SIG_SETMASK, &closed, &before);
    int failure = pthread_create(&worker->thread, NULL, work, worker);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failure;
}

imx_status imx_pool_create(imx_memory *memory, unsigned threads, imx_error *err, imx_pool **out) {
    if (threads < 1) {
        return imx_fail(err, IMX_E_INTERNAL, "a pool of no threads");
    }
    imx_pool *pool = imx_calloc(memory, 1, sizeof *pool);
    imx_worker *workers = pool ? imx_calloc(memory, threads, sizeof *workers) : NULL;
    if (!workers) {
        imx_free(memory, pool);
        return imx_fail(err, IMX_E_NOMEM, "out of memory for %u threads", threads);
    }
    pool->memory = memory;
    pool->threads = threads;
    pool->workers = workers;
    /* Default mutexes and condition variables cannot fail to initialise on Linux: they hold no resources. */
    pthread_mutex_init(&pool->lock, NULL);
    pthread_mutex_init(&pool->fifo.lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->done, NULL);
    for (unsigned i = 0; i < threads; i++) {
        pthread_mutex_init(&workers[i].own.lock, NULL);
        workers[i].pool = pool;
        workers[i].index = i;
    }
    for (; pool->started < threads; pool->started++) {
        int failure = start_thread(&workers[pool->started]);
        if (failure) {
            (void)imx_fail(err, IMX_E_NOMEM, "cannot start thread %u of %u: %s; use fewer threads", pool->started + 1,
                           threads, strerror(failure));
            imx_pool_destroy(&pool);
            return IMX_E_NOMEM;
        }
    }
    *out = pool;
    return IMX_OK;
}

void imx_pool_destroy(imx_pool **handle) {
    if (!handle || !*handle) {
        return;
    }
    imx_pool *pool = *handle;
    pthread_mutex_lock(&pool->lock);
    pool->stop = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    for (unsigned i = 0; i < pool->started; i++) {
        pthread_join(pool->workers[i].thread, NULL);
    }
    for (unsigned i = 0; i < pool->threads; i++) {
        pthread_mutex_destroy(&pool->workers[i].own.lock);
    }
    pthread_cond_destroy(&pool->done);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->fifo.lock);
    pthread_mutex_destroy(&pool->lock);
    imx_free(pool->memory, pool->workers);
    imx_free(pool->memory, pool);
    *handle = NULL;
}

unsigned imx_pool_threads(const imx_pool *pool) { return pool->threads; }

imx_status imx_pool_run(imx_pool *pool, imx_task *root, imx_error *err) {
    pool->root_ended = false; /* no worker looks at it before there is a task */
    enqueue(pool, &pool->fifo, NULL, root);
    pthread_mutex_lock(&pool->lock);
    while (!pool->root_ended) {
        pthread_cond_wait(&pool->done, &pool->lock);
    }
    pthread_mutex_unlock(&pool->lock);
    int state = atomic_exchange(&pool->state, GOING);
    if (pool->root_finished) {
        return IMX_OK;
    }
    return state == CANCELLED ? imx_fail(err, IMX_E_CANCELLED, "interrupted")
                              : imx_fail(err, pool->error.status, "%s", pool->error.text);
}

void imx_pool_cancel(imx_pool *pool) {
    int going = GOING;
    atomic_compare_exchange_strong(&pool->state, &going, CANCELLED);
}

bool imx_pool_cancelled(const imx_pool *pool) { return atomic_load(&pool->state) != GOING; }

void imx_spawn(imx_worker *worker, imx_task *parent, imx_task *child) {
    enqueue(worker->pool, &worker->own, parent, child);
}

void imx_spawn_fifo(imx_worker *worker, imx_task *parent, imx_task *child) {
    enqueue(worker->pool, &worker->pool->fifo, parent, child);
}

void imx_task_begin(imx_worker *worker, imx_task *parent, imx_task *task) {
    (void)worker;
    adopt(parent, task);
}

void imx_task_end(imx_worker *worker, imx_task *task) { settle(worker, task); }

unsigned imx_worker_index(const imx_worker *worker) { return worker->index; }
imx_pool *imx_worker_pool(const imx_worker *worker) { return worker->pool; }
