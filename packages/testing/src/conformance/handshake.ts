import type { Chapter } from '../behaviour.js'
import { aborts } from './handshake/aborts.js'
import { answers } from './handshake/answers.js'
import { capacity } from './handshake/capacity.js'
import { deadlines } from './handshake/deadlines.js'
import { earlyMessages } from './handshake/early-messages.js'
import { headers } from './handshake/headers.js'
import { malformed } from './handshake/malformed.js'
import { origins } from './handshake/origins.js'
import { requests } from './handshake/requests.js'
import { states } from './handshake/states.js'

/** From the arrival of the upgrade request to the moment the connection is active, or never will be. */
export const chapter: Chapter = {
  title: 'handshake',
  behaviours: [
    ...answers,
    ...requests,
    ...headers,
    ...states,
    ...earlyMessages,
    ...origins,
    ...capacity,
    ...deadlines,
    ...aborts,
    ...malformed,
  ],
}
