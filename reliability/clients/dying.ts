import type { Client } from './context.js'
import { moment } from './moments.js'
import { dial, gone, requestBytes } from './raw.js'

/** Clients whose network fails. */
export const dying = {
  'reset before a word': async (client: Client) => {
    const socket = await dial(client)
    socket.resetAndDestroy()
    await gone(socket)
  },

  'reset inside the request': async (client: Client) => {
    const socket = await dial(client)
    const request = requestBytes(client.port)
    socket.write(request.subarray(0, client.random.below(request.length)))
    await moment(client.random)
    socket.resetAndDestroy()
    await gone(socket)
  },

  'reset while middleware runs': async (client: Client) => {
    const socket = await dial(client)
    socket.write(requestBytes(client.port))
    await moment(client.random)
    socket.resetAndDestroy()
    await gone(socket)
  },

  'end inside the handshake': async (client: Client) => {
    const socket = await dial(client)
    socket.write(requestBytes(client.port))
    if (client.random.chance(0.5)) await moment(client.random)
    socket.end()
    await gone(socket)
  },

  'reset once open': async ({ open, random }: Client) => {
    const peer = await open()
    peer.send('count 0')
    await moment(random)
    peer.cut()
    await peer.closed
  },

  'end without a close frame': async ({ open, random }: Client) => {
    const peer = await open()
    peer.send('count 0')
    await moment(random)
    peer.end()
    await peer.closed
  },

  'half-open, neither reads nor writes': async ({ open, afterwards }: Client) => {
    const peer = await open()
    peer.answersPings = false
    peer.pause()
    afterwards(() => peer.cut())
  },

  'reads, and answers nothing': async ({ open, afterwards }: Client) => {
    const peer = await open()
    peer.answersPings = false
    peer.answersClose = false
    afterwards(() => peer.cut())
    await peer.closed
  },

  'cut by the server': async ({ open }: Client) => {
    const peer = await open()
    peer.send('cut')
    await peer.closed
  },
} satisfies Record<string, (client: Client) => Promise<void>>
