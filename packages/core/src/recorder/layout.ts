// Where things are in the storage of one connection: numbers, which are written now and then, and the words of entries.

/** The Unix epoch's time when it arrived, in milliseconds. */
export const WALL = 0
/** When the recording began. This and all that follows is in milliseconds after the connection's arrival. */
export const FROM = 1
/** Entries so far, those that were overwritten included. */
export const COUNT = 2
/** When a pong came last, or the recording began. */
export const HEARD = 3
/** When the ping went out that waits for its pong; -1: none does. */
export const PINGED = 4
/** The run of answered pings: the first, the last, how many, and the last round trip. */
export const PONG_FIRST = 5
export const PONG_LAST = 6
export const PONGS = 7
export const RTT = 8
/** What came and went in all, but for the runs. */
export const ALL_IN = 9
export const ALL_IN_BYTES = 10
export const ALL_OUT = 11
export const ALL_OUT_BYTES = 12

/** How many entries came before the one that says why it closes, which has a place of its own; -1: there is none. */
export const CLOSING = 13

/** Numbers of a connection. */
export const NUMBERS = 14

/** Words of an entry: its time, its kind and what fits beside that, and four more. */
export const WORDS = 6
/** Bits of the second word that are its kind. */
export const KIND_BITS = 5
/** The largest number beside a kind, and the largest word: what is larger is written as that. */
export const MOST_BESIDE = 0x7ff_ffff
export const MOST = 0xffff_ffff
/** Bits of a close code, and of a name's number. */
export const CODE_BITS = 13
export const NAME_BITS = 10
