/** Together 3 MiB: a server that goes on reading takes them all, and passes every bound below. */
export const MANY = 200
export const LONG = 16_384
