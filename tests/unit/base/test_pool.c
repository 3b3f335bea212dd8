/* tests/unit/base/test_pool.c: trees of tasks on 1..8 threads: order, failure, cancelling, dropping. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "engine/base/pool.h"

enum { MAX_THREADS = 8, FAN_OUT = 4, DEPTH = 5 };

/* A tree of `FAN_OUT` children per node; what happened is counted per node and in all. */
typedef struct forest forest;
typedef struct node {
    imx_task task; /* first: a task is its node */
    forest *forest;
    struct node *up;
    int level;
    unsigned serial; /* in order of creation */
    atomic_int children_ended;
    int ran, children_spawned;
} node;

struct forest {
    imx_memory *memory;
    int depth;
    bool fifo;
    long fail_run_at, fail_finish_at, cancel_at; /* serial; -1: never */
    atomic_uint created, ran, finished, dropped;
    atomic_int per_worker[MAX_THREADS];
};

static imx_status node_run(imx_task *task, imx_worker *worker, imx_error *err);
static imx_status node_finish(imx_task *task, imx_worker *worker, imx_error *err);

static void node_end(node *n) {
    if (n->up) {
        atomic_fetch_add(&n->up->children_ended, 1);
    }
    imx_free(n->forest->memory, n);
}

static void node_drop(imx_task *task) {
    node *n = (node *)task;
    /* children before parents */
    assert_int_equal(atomic_load(&n->children_ended), n->children_spawned);
    atomic_fetch_add(&n->forest->dropped, 1);
    node_end(n);
}

static node *node_new(forest *f, node *up) {
    node *n = imx_calloc(f->memory, 1, sizeof *n);
    assert_non_null(n);
    n->task.run = node_run;
    n->task.finish = node_finish;
    n->task.drop = node_drop;
    n->forest = f;
    n->up = up;
    n->level = up ? up->level + 1 : 0;
    n->serial = atomic_fetch_add(&f->created, 1);
    return n;
}

static imx_status node_run(imx_task *task, imx_worker *worker, imx_error *err) {
    node *n = (node *)task;
    forest *f = n->forest;
    assert_int_equal(n->ran++, 0);
    atomic_fetch_add(&f->ran, 1);
    assert_true(imx_worker_index(worker) < imx_pool_threads(imx_worker_pool(worker)));
    atomic_fetch_add(&f->per_worker[imx_worker_index(worker)], 1);
    for (int i = 0; n->level < f->depth && i < FAN_OUT; i++) {
        node *child = node_new(f, n);
        n->children_spawned++;
        (f->fifo ? imx_spawn_fifo : imx_spawn)(worker, task, &child->task);
    }
    if (f->cancel_at == (long)n->serial) {
        imx_pool_cancel(imx_worker_pool(worker));
    }
    if (f->fail_run_at == (long)n->serial) {
        return imx_fail(err, IMX_E_INPUT, "run %u failed", n->serial);
    }
    return IMX_OK;
}

static imx_status node_finish(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)worker;
    node *n = (node *)task;
    assert_int_equal(n->ran, 1);
    assert_int_equal(atomic_load(&n->children_ended), n->children_spawned);
    if (n->forest->fail_finish_at == (long)n->serial) {
        return imx_fail(err, IMX_E_IO, "finish %u failed", n->serial);
    }
    atomic_fetch_add(&n->forest->finished, 1);
    node_end(n);
    return IMX_OK;
}

static unsigned nodes_of(int depth) {
    unsigned all = 1, level = 1;
    for (int i = 0; i < depth; i++) {
        level *= FAN_OUT;
        all += level;
    }
    return all;
}

static forest plant(imx_memory *memory) {
    return (forest){.memory = memory, .depth = DEPTH, .fail_run_at = -1, .fail_finish_at = -1, .cancel_at = -1};
}

static imx_memory *memory_new(void) {
    imx_memory *memory = NULL;
    assert_int_equal(imx_memory_create(0, &memory), IMX_OK);
    return memory;
}

static void memory_end(imx_memory *memory) {
    assert_int_equal(imx_memory_used(memory), 0);
    imx_memory_destroy(&memory);
}

static imx_pool *pool_new(imx_memory *memory, unsigned threads) {
    imx_pool *pool = NULL;
    assert_int_equal(imx_pool_create(memory, threads, NULL, &pool), IMX_OK);
    assert_int_equal(imx_pool_threads(pool), threads);
    return pool;
}

static void trees_finish_from_the_leaves_up(void **state) {
    (void)state;
    for (unsigned threads = 1; threads <= MAX_THREADS; threads++) {
        imx_memory *memory = memory_new();
        imx_pool *pool = pool_new(memory, threads);
        for (int again = 0; again < 3; again++) {
            forest f = plant(memory);
            imx_error err = IMX_ERROR_INIT;
            assert_int_equal(imx_pool_run(pool, &node_new(&f, NULL)->task, &err), IMX_OK);
            assert_int_equal(atomic_load(&f.ran), nodes_of(DEPTH));
            assert_int_equal(atomic_load(&f.finished), nodes_of(DEPTH));
            assert_int_equal(atomic_load(&f.dropped), 0);
        }
        imx_pool_destroy(&pool);
        assert_null(pool);
        memory_end(memory);
    }
}

static void a_failure_drops_the_rest(void **state) {
    (void)state;
    for (unsigned threads = 1; threads <= MAX_THREADS; threads++) {
        imx_memory *memory = memory_new();
        imx_pool *pool = pool_new(memory, threads);
        for (long at = 0; at < 400; at += 57) {
            for (int in_finish = 0; in_finish < 2; in_finish++) {
                forest f = plant(memory);
                *(in_finish ? &f.fail_finish_at : &f.fail_run_at) = at;
                imx_error err = IMX_ERROR_INIT;
                imx_status status = imx_pool_run(pool, &node_new(&f, NULL)->task, &err);
                assert_int_equal(status, in_finish ? IMX_E_IO : IMX_E_INPUT);
                assert_int_equal(err.status, status);
                assert_memory_equal(err.text, in_finish ? "finish" : "run", in_finish ? 6 : 3);
                assert_true(atomic_load(&f.dropped) >= 1);
                assert_int_equal(atomic_load(&f.finished) + atomic_load(&f.dropped), atomic_load(&f.created));
                assert_int_equal(imx_pool_cancelled(pool), 0);
            }
        }
        forest f = plant(memory); /* and the pool still works */
        assert_int_equal(imx_pool_run(pool, &node_new(&f, NULL)->task, NULL), IMX_OK);
        imx_pool_destroy(&pool);
        memory_end(memory);
    }
}

static void one_thread_runs_nothing_after_a_failure(void **state) {
    (void)state;
    imx_memory *memory = memory_new();
    imx_pool *pool = pool_new(memory, 1);
    forest f = plant(memory);
    f.fail_run_at = FAN_OUT; /* the last child of the root, which runs second */
    assert_int_equal(imx_pool_run(pool, &node_new(&f, NULL)->task, NULL), IMX_E_INPUT);
    assert_int_equal(atomic_load(&f.ran), 2);
    assert_int_equal(atomic_load(&f.finished), 0);
    assert_int_equal(atomic_load(&f.dropped), 1 + FAN_OUT + FAN_OUT);
    imx_pool_destroy(&pool);
    memory_end(memory);
}

static void cancelling_from_a_task(void **state) {
    (void)state;
    for (unsigned threads = 1; threads <= MAX_THREADS; threads++) {
        imx_memory *memory = memory_new();
        imx_pool *pool = pool_new(memory, threads);
        for (long at = 0; at < 400; at += 57) {
            forest f = plant(memory);
            f.cancel_at = at;
            imx_error err = IMX_ERROR_INIT;
            assert_int_equal(imx_pool_run(pool, &node_new(&f, NULL)->task, &err), IMX_E_CANCELLED);
            assert_int_equal(err.status, IMX_E_CANCELLED);
            assert_int_equal(atomic_load(&f.finished) + atomic_load(&f.dropped), atomic_load(&f.created));
        }
        imx_pool_destroy(&pool);
        memory_end(memory);
    }
}

static void a_cancel_before_the_run_stops_that_run_only(void **state) {
    (void)state;
    imx_memory *memory = memory_new();
    imx_pool *pool = pool_new(memory, 3);
    assert_false(imx_pool_cancelled(pool));
    imx_pool_cancel(pool);
    assert_true(imx_pool_cancelled(pool));
    forest f = plant(memory);
    assert_int_equal(imx_pool_run(pool, &node_new(&f, NULL)->task, NULL), IMX_E_CANCELLED);
    assert_int_equal(atomic_load(&f.ran), 0);
    assert_int_equal(atomic_load(&f.dropped), 1);
    f = plant(memory);
    assert_int_equal(imx_pool_run(pool, &node_new(&f, NULL)->task, NULL), IMX_OK);
    imx_pool_destroy(&pool);
    memory_end(memory);
}

static imx_status silent_failure(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)task, (void)worker, (void)err;
    return IMX_E_DISK_FULL;
}

static imx_status cancel_then_succeed(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)task, (void)err;
    imx_pool_cancel(imx_worker_pool(worker));
    return IMX_OK;
}

static void single_tasks(void **state) {
    (void)state;
    imx_memory *memory = memory_new();
    imx_pool *pool = pool_new(memory, 2);
    imx_error err = IMX_ERROR_INIT;
    imx_task task = {.run = silent_failure};
    assert_int_equal(imx_pool_run(pool, &task, &err), IMX_E_DISK_FULL);
    assert_string_equal(err.text, "disk full"); /* never an empty text */
    task = (imx_task){.run = cancel_then_succeed};
    assert_int_equal(imx_pool_run(pool, &task, &err), IMX_OK); /* all was done when the cancel came */
    assert_false(imx_pool_cancelled(pool));
    imx_pool_destroy(&pool);
    memory_end(memory);
}

/* Leaves that note when they begin. */
typedef struct leaf {
    imx_task task;
    struct queue *queue;
    unsigned number;
} leaf;

typedef struct queue {
    imx_task task;
    leaf leaves[500];
    atomic_uint begun;
    unsigned order[500];
    bool finished;
} queue;

static imx_status leaf_run(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)worker, (void)err;
    leaf *l = (leaf *)task;
    l->queue->order[atomic_fetch_add(&l->queue->begun, 1)] = l->number;
    return IMX_OK;
}

static imx_status queue_run(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)err;
    queue *q = (queue *)task;
    for (unsigned i = 0; i < 500; i++) {
        q->leaves[i] = (leaf){.task = {.run = leaf_run}, .queue = q, .number = i};
        imx_spawn_fifo(worker, task, &q->leaves[i].task);
    }
    return IMX_OK;
}

static imx_status queue_finish(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)worker, (void)err;
    ((queue *)task)->finished = true;
    return IMX_OK;
}

static void the_fifo_keeps_its_order(void **state) {
    (void)state;
    imx_memory *memory = memory_new();
    queue *q = imx_calloc(memory, 1, sizeof *q);
    q->task = (imx_task){.run = queue_run, .finish = queue_finish};
    imx_pool *pool = pool_new(memory, 1);
    assert_int_equal(imx_pool_run(pool, &q->task, NULL), IMX_OK);
    assert_true(q->finished);
    assert_int_equal(atomic_load(&q->begun), 500);
    for (unsigned i = 0; i < 500; i++) {
        assert_int_equal(q->order[i], i);
    }
    imx_pool_destroy(&pool);
    pool = pool_new(memory, 4); /* several threads start each of them once */
    memset(q, 0, sizeof *q);
    q->task = (imx_task){.run = queue_run, .finish = queue_finish};
    assert_int_equal(imx_pool_run(pool, &q->task, NULL), IMX_OK);
    assert_int_equal(atomic_load(&q->begun), 500);
    bool seen[500] = {false};
    for (unsigned i = 0; i < 500; i++) {
        assert_false(seen[q->order[i]]);
        seen[q->order[i]] = true;
    }
    imx_pool_destroy(&pool);
    forest f = plant(memory); /* a tree through the FIFO: breadth first */
    f.fifo = true;
    pool = pool_new(memory, 3);
    assert_int_equal(imx_pool_run(pool, &node_new(&f, NULL)->task, NULL), IMX_OK);
    assert_int_equal(atomic_load(&f.finished), nodes_of(DEPTH));
    imx_pool_destroy(&pool);
    imx_free(memory, q);
    memory_end(memory);
}

/* Two tasks run by hand, one under the other, whose leaves are queued in turns; the upper one can only finish last. */
typedef struct by_hand {
    imx_task task, upper, lower;
    leaf leaves[40];
    queue *queue;
    bool fail;
    atomic_uint finished, dropped;
} by_hand;

static imx_status upper_finish(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)worker;
    by_hand *b = (by_hand *)task->parent;
    if (b->fail) {
        return imx_fail(err, IMX_E_IO, "upper");
    }
    return atomic_load(&b->queue->begun) == 40 && atomic_fetch_add(&b->finished, 1) == 1
               ? IMX_OK
               : imx_fail(err, IMX_E_INTERNAL, "too early");
}

static imx_status lower_finish(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)worker, (void)err;
    atomic_fetch_add(&((by_hand *)task->parent->parent)->finished, 1);
    return IMX_OK;
}

static void upper_drop(imx_task *task) { atomic_fetch_add(&((by_hand *)task->parent)->dropped, 1); }

static imx_status by_hand_run(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)err;
    by_hand *b = (by_hand *)task;
    b->upper = (imx_task){.finish = upper_finish, .drop = upper_drop};
    b->lower = (imx_task){.finish = lower_finish};
    imx_task_begin(worker, task, &b->upper);
    imx_task_begin(worker, &b->upper, &b->lower);
    for (unsigned i = 0; i < 40; i++) {
        b->leaves[i] = (leaf){.task = {.run = leaf_run}, .queue = b->queue, .number = i};
        imx_spawn_fifo(worker, i % 2 ? &b->upper : &b->lower, &b->leaves[i].task);
    }
    imx_task_end(worker, &b->lower);
    imx_task_end(worker, &b->upper);
    return IMX_OK;
}

static void tasks_run_by_hand(void **state) {
    (void)state;
    imx_memory *memory = memory_new();
    queue *q = imx_calloc(memory, 1, sizeof *q);
    for (unsigned threads = 1; threads <= MAX_THREADS; threads++) {
        imx_pool *pool = pool_new(memory, threads);
        for (int i = 0; i < 50; i++) {
            by_hand b = {.task = {.run = by_hand_run}, .queue = q, .fail = i % 2};
            atomic_store(&q->begun, 0);
            assert_int_equal(imx_pool_run(pool, &b.task, NULL), b.fail ? IMX_E_IO : IMX_OK);
            assert_int_equal(atomic_load(&b.finished), b.fail ? 1 : 2);
            assert_int_equal(atomic_load(&b.dropped), b.fail);
        }
        imx_pool_destroy(&pool);
    }
    imx_free(memory, q);
    memory_end(memory);
}

/* A chain on one thread's deque: last spawned is first run. */
static imx_status lifo_run(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)err;
    queue *q = (queue *)task;
    for (unsigned i = 0; i < 100; i++) {
        q->leaves[i] = (leaf){.task = {.run = leaf_run}, .queue = q, .number = i};
        imx_spawn(worker, task, &q->leaves[i].task);
    }
    return IMX_OK;
}

static void the_deque_is_depth_first(void **state) {
    (void)state;
    imx_memory *memory = memory_new();
    queue *q = imx_calloc(memory, 1, sizeof *q);
    q->task = (imx_task){.run = lifo_run, .finish = queue_finish};
    imx_pool *pool = pool_new(memory, 1);
    assert_int_equal(imx_pool_run(pool, &q->task, NULL), IMX_OK);
    for (unsigned i = 0; i < 100; i++) {
        assert_int_equal(q->order[i], 99 - i);
    }
    imx_pool_destroy(&pool);
    imx_free(memory, q);
    memory_end(memory);
}

/* Two tasks that each wait until the other has begun can only end on two threads: work is stolen. */
typedef struct pair {
    imx_task task, sides[2];
    pthread_barrier_t barrier;
} pair;

static imx_status side_run(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)worker, (void)err;
    pair *p = (pair *)task->parent;
    pthread_barrier_wait(&p->barrier);
    return IMX_OK;
}

static imx_status pair_run(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)err;
    pair *p = (pair *)task;
    for (int i = 0; i < 2; i++) {
        p->sides[i] = (imx_task){.run = side_run};
        imx_spawn(worker, task, &p->sides[i]);
    }
    return IMX_OK;
}

static void sleepers_wake_and_steal(void **state) {
    (void)state;
    imx_memory *memory = memory_new();
    for (unsigned threads = 2; threads <= 4; threads++) {
        imx_pool *pool = pool_new(memory, threads);
        for (int i = 0; i < 300; i++) {
            pair p = {.task = {.run = pair_run}};
            pthread_barrier_init(&p.barrier, NULL, 2);
            assert_int_equal(imx_pool_run(pool, &p.task, NULL), IMX_OK);
            pthread_barrier_destroy(&p.barrier);
        }
        imx_pool_destroy(&pool);
    }
    memory_end(memory);
}

static imx_status nap(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)task, (void)worker, (void)err;
    nanosleep(&(struct timespec){.tv_nsec = 200 * 1000000L}, NULL);
    return IMX_OK;
}

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void waiting_costs_no_cpu(void **state) {
    (void)state;
    imx_memory *memory = memory_new();
    imx_pool *pool = pool_new(memory, 8);
    imx_task task = {.run = nap};
    double before = cpu_seconds();
    assert_int_equal(imx_pool_run(pool, &task, NULL), IMX_OK);
    assert_true(cpu_seconds() - before < 0.1);
    imx_pool_destroy(&pool);
    memory_end(memory);
}

static imx_status mask_run(imx_task *task, imx_worker *worker, imx_error *err) {
    (void)task, (void)worker;
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    return sigismember(&mask, SIGINT) && sigismember(&mask, SIGTERM) && !sigismember(&mask, SIGSEGV)
               ? IMX_OK
               : imx_fail(err, IMX_E_INTERNAL, "wrong signal mask");
}

static void workers_leave_signals_to_the_main_thread(void **state) {
    (void)state;
    imx_pool *pool = pool_new(NULL, 1);
    imx_task task = {.run = mask_run};
    assert_int_equal(imx_pool_run(pool, &task, NULL), IMX_OK);
    sigset_t mask;
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    assert_int_equal(sigismember(&mask, SIGINT), 0);
    imx_pool_destroy(&pool);
}

static void creation_fails_cleanly(void **state) {
    (void)state;
    imx_memory *memory = memory_new();
    imx_pool *pool = NULL;
    imx_error err = IMX_ERROR_INIT;
    for (size_t nth = 1; nth <= 2; nth++) {
        imx_memory_fail_nth(memory, nth);
        assert_int_equal(imx_pool_create(memory, 2, &err, &pool), IMX_E_NOMEM);
        assert_null(pool);
    }
    assert_int_equal(imx_pool_create(memory, 0, &err, &pool), IMX_E_INTERNAL);
    imx_pool_destroy(&pool);
    imx_pool_destroy(NULL);
    memory_end(memory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trees_finish_from_the_leaves_up),
        cmocka_unit_test(a_failure_drops_the_rest),
        cmocka_unit_test(one_thread_runs_nothing_after_a_failure),
        cmocka_unit_test(cancelling_from_a_task),
        cmocka_unit_test(a_cancel_before_the_run_stops_that_run_only),
        cmocka_unit_test(single_tasks),
        cmocka_unit_test(the_fifo_keeps_its_order),
        cmocka_unit_test(tasks_run_by_hand),
        cmocka_unit_test(the_deque_is_depth_first),
        cmocka_unit_test(sleepers_wake_and_steal),
        cmocka_unit_test(waiting_costs_no_cpu),
        cmocka_unit_test(workers_leave_signals_to_the_main_thread),
        cmocka_unit_test(creation_fails_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
