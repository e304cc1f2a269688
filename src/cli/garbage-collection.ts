// What moves bytes through sockets makes garbage outside of V8's heap, a buffer for each read. By default V8 takes each few tens of megabytes of it for a reason to mark the
// whole heap again, which takes more than half of the processor's time of a daemon that carries a pipe.
import { setFlagsFromString } from 'node:v8'

/** Has memory outside of the heap counted together with it, and both grow to three times of what is alive before they are collected. To be called before much is loaded. */
export function collectGarbageLessOften(): void {
  setFlagsFromString('--external-memory-accounted-in-global-limit')
  setFlagsFromString('--heap-growing-percent=200')
}
