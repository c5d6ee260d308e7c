import type { MessageMiddleware } from '@linkspan/core'
import { traces } from '@linkspan/otel'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Recording } from './recording.js'
import { application, client, connected, served } from './served.js'

const recording = Recording.ofThisBlock()
const echo: MessageMiddleware<unknown> = (conn, message) => conn.send(message)

afterEach(() => vi.restoreAllMocks())

describe('of messages', () => {
  // What is drawn is how far away the next one is: with a chance of p it is further than n with that of (1 - p) to the n.
  it.each([
    [undefined, 0.009_9, [0, 1, 2, 3]],
    [undefined, 0.010_1, [1, 3]],
    [0.5, 0.499, [0, 1, 2, 3]],
    [0.5, 0.501, [1, 3]],
    [0.5, 0.76, [2]],
    [1, 0.999_999, [0, 1, 2, 3]],
    [0, 0, []],
  ])('messages: %s with a draw of %s traces of four those at %j', async (ratio, draw, traced) => {
    vi.spyOn(Math, 'random').mockReturnValue(draw)
    const app = application().message(echo)
    traces(app, ratio === undefined ? {} : { messages: ratio })
    // All connections draw together.
    const host = await served(app)
    const peers = [await connected(host), await connected(host)]
    const seen: number[] = []
    for (let at = 0; at < 4; at += 1) {
      const before = recording.names.length
      const peer = peers[at % 2]
      peer?.send('hello')
      await peer?.next()
      if (recording.names.slice(before).includes('handle message')) seen.push(at)
    }
    expect(seen).toEqual(traced)
  })

  it.each([-0.1, 1.1, Number.NaN, '1' as unknown as number])('messages: %s is refused', (messages) => {
    expect(() => traces(application(), { messages })).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION', message: expect.stringContaining('messages') }),
    )
  })

  it('untraced: of two kinds', () => {
    const untraced = 'silent' as 'quiet'
    expect(() => traces(application(), { untraced })).toThrow(
      expect.objectContaining({ code: 'LINKSPAN_OPTION' }),
    )
  })

  it('none has a span any more when that was ended, on connections that are there as well', async () => {
    const { end, peer } = await client(echo)
    end()
    peer.send('hello')
    await peer.next()
    expect(recording.names).toEqual(['WebSocket handshake'])
  })
})
