import type { Channel } from 'amqplib'
import { rabbitmqError } from './errors.js'
import type { Settings } from './options.js'

/** Milliseconds from one report to the next: a node that is slow already is not to hear of each payload that it lost. */
const BETWEEN = 1_000

/**
 * Reports that the queue had no room. What it drops goes to a second one with room for one payload, and of that the next
 * is taken only a second after the last: however much is lost, something is there to be reported after the last loss.
 */
export async function watchLosses(
  channel: Channel,
  queue: string,
  session: { readonly ended: Promise<Error>; end(error: Error): void },
  { clock }: Settings,
  lost: () => void,
): Promise<void> {
  let timer: unknown
  let over = false
  void session.ended.then(() => {
    over = true
    clock.clearTimeout(timer)
  })
  await channel.prefetch(1)
  await channel.consume(
    queue,
    (message) => {
      if (message === null) {
        session.end(rabbitmqError('RabbitMQ has deleted a queue of this node. It is made anew.'))
        return
      }
      if (over) return
      lost()
      timer = clock.setTimeout(() => channel.ack(message), BETWEEN)
    },
    { exclusive: true },
  )
}
