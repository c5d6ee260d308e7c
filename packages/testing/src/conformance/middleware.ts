import type { Chapter } from '../behaviour.js'
import { bundles } from './middleware/bundles.js'
import { context } from './middleware/context.js'
import { data } from './middleware/data.js'
import { ends } from './middleware/ends.js'
import { failures } from './middleware/failures.js'
import { handlerRejections } from './middleware/handler-rejections.js'
import { messages } from './middleware/messages.js'
import { order } from './middleware/order.js'

/** The onion around a connection's whole life, and the one around each of its messages. */
export const chapter: Chapter = {
  title: 'middleware',
  behaviours: [
    ...order,
    ...data,
    ...ends,
    ...bundles,
    ...failures,
    ...messages,
    ...handlerRejections,
    ...context,
  ],
}
