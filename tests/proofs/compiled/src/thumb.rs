//! The entry points in a program for a target without an operating system. It is read, and never run.
#![cfg_attr(target_os = "none", no_std, no_main)]

use compiled as _;

#[cfg(target_os = "none")]
mod none {
    use core::alloc::{GlobalAlloc, Layout};
    use core::panic::PanicInfo;
    use core::ptr::null_mut;

    struct NoHeap;

    // SAFETY: it gives out nothing.
    unsafe impl GlobalAlloc for NoHeap {
        unsafe fn alloc(&self, _: Layout) -> *mut u8 {
            null_mut()
        }

        unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
    }

    #[global_allocator]
    static ALLOCATOR: NoHeap = NoHeap;

    #[panic_handler]
    fn panicked(_: &PanicInfo<'_>) -> ! {
        loop {}
    }
}

#[cfg(not(target_os = "none"))]
fn main() {}
