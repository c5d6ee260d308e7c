import { Duplex } from 'node:stream'
import { type Clock, within } from '@linkspan/core'
import type { ChannelModel } from 'amqplib'
import { rabbitmqError } from './errors.js'

/** Says goodbye, and cuts the socket where that is not answered. Settles in any case. */
export async function leave(clock: Clock, timeout: number, model: ChannelModel): Promise<void> {
  try {
    await within(clock, timeout, model.close(), () => rabbitmqError('RabbitMQ does not answer a goodbye.'))
  } catch {
    // It had ended already, or does not answer: either way it is over.
  }
  cut(model)
}

/**
 * amqplib ends the socket of a peer that has fallen silent, and waits for that peer to end it too: with all that was still
 * to be written, with whoever waits for an answer, and with the process that would like to exit. An error of the socket is
 * what it takes for the end. Its types do not tell of the socket.
 */
function cut({ connection }: ChannelModel): void {
  const socket: unknown = 'stream' in connection ? connection.stream : undefined
  if (socket instanceof Duplex) socket.destroy(new Error('Unexpected close'))
}
