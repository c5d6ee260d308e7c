import { channels } from './channels.js'
import { closing } from './closing.js'
import { nodes } from './nodes.js'
import { opening } from './opening.js'
import { order } from './order.js'
import { outages } from './outages.js'
import { payloads } from './payloads.js'
import { stalls } from './stalls.js'
import { subscribing } from './subscribing.js'
import type { Wrong } from './wrong.js'

/** Mistakes that bindings make, each of which the suite has to notice by the behaviour that is about it. */
export const wrongBrokers: readonly Wrong[] = [
  ...opening,
  ...payloads,
  ...channels,
  ...order,
  ...subscribing,
  ...nodes,
  ...closing,
  ...outages,
  ...stalls,
]
