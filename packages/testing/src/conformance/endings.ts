import type { Chapter } from '../behaviour.js'
import { byNetwork } from './endings/by-network.js'
import { byPeer } from './endings/by-peer.js'
import { fromWithin } from './endings/from-within.js'
import { races } from './endings/races.js'

/** How a peer or the network ends a connection, and who asked first where both did. */
export const chapter: Chapter = {
  title: 'endings',
  behaviours: [...byPeer, ...byNetwork, ...races, ...fromWithin],
}
