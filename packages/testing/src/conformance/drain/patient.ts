import type { LinkspanOptions } from '@linkspan/core'

/** Virtual time runs ahead of real sockets: what a closing handshake may take is not what these are about. */
export const PATIENT: LinkspanOptions = { closeTimeout: 60_000 }
