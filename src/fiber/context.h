/*
 * The switch of stacks: Boost.Context's two functions, declared here since Boost has only C++
 * headers for them, and what the sanitizers must be told. Nothing but a switch knows these.
 */
#ifndef MN_FIBER_CONTEXT_H
#define MN_FIBER_CONTEXT_H

#include <stddef.h>

/* What a jump brings: where the peer goes on, and what it passed. */
typedef struct mn_transfer {
    void *context;
    void *data;
} mn_transfer;

mn_transfer jump_fcontext(void *to, void *data);
void *make_fcontext(void *stack_top, size_t stack_bytes, void (*entry)(mn_transfer));

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define MN_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define MN_TSAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define MN_ASAN 1
#endif
#ifdef __SANITIZE_THREAD__
#define MN_TSAN 1
#endif

#if defined(MN_ASAN) || defined(MN_TSAN)
#define MN_SANITIZED 1
#endif

#ifdef MN_ASAN
void __sanitizer_start_switch_fiber(void **fake_stack_save, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *fake_stack, const void **old_bottom, size_t *old_size);
void __asan_unpoison_memory_region(const volatile void *address, size_t size);
void __lsan_register_root_region(const void *address, size_t size);
void __lsan_unregister_root_region(const void *address, size_t size);
#define mn_asan_start_switch(save, bottom, size) __sanitizer_start_switch_fiber(save, bottom, size)
#define mn_asan_finish_switch(fake, bottom, size)                                                  \
    __sanitizer_finish_switch_fiber(fake, bottom, size)
#define mn_asan_unpoison(address, size) __asan_unpoison_memory_region(address, size)
#define mn_lsan_root(address, size)     __lsan_register_root_region(address, size)
#define mn_lsan_unroot(address, size)   __lsan_unregister_root_region(address, size)
#else
#define mn_asan_start_switch(save, bottom, size)  ((void)0)
#define mn_asan_finish_switch(fake, bottom, size) ((void)0)
#define mn_asan_unpoison(address, size)           ((void)0)
#define mn_lsan_root(address, size)               ((void)0)
#define mn_lsan_unroot(address, size)             ((void)0)
#endif

#ifdef MN_TSAN
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
#define mn_tsan_current()      __tsan_get_current_fiber()
#define mn_tsan_create()       __tsan_create_fiber(0)
#define mn_tsan_destroy(fiber) __tsan_destroy_fiber(fiber)
#define mn_tsan_switch(fiber)  __tsan_switch_to_fiber((fiber), 0)
#else
#define mn_tsan_current()      NULL
#define mn_tsan_create()       NULL
#define mn_tsan_destroy(fiber) ((void)0)
#define mn_tsan_switch(fiber)  ((void)0)
#endif

#endif
