// Times, in milliseconds. The first are what the nodes are told; the others are how long something may take on a machine
// that is busy with other things, and only say what is not checked: no test waits for them to pass.

/** How often a node says that it lives. */
export const BEAT = 1_000
/** A node that was silent for so long is dead. */
export const LEASE = 4_000
/** How long a node goes on to listen to a room that nobody is in. */
export const GRACE = 1_000
/** How long the engine may take for one call. */
export const TIMEOUT = 2_000

/** What is said arrives within so long while nothing fails; and who joins hears within so long. */
export const FLOW = 4_000
/** After a fault everything is as before within so long: nodes notice, connect, subscribe, and publish what waits. */
export const RECOVERY = 12_000
/** An outage that is shorter may be over before anybody looks, where nothing is lost by it. */
export const NOTICED = 2_000
/** What may pass beyond a time that is promised, on a busy machine. */
export const SLACK = 5_000
