import type { MessageMiddleware } from '@linkspan/core'
import { traces } from '@linkspan/otel'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Recording } from './recording.js'
import { application, client, connected, served } from './served.js'

const recording = Recording.ofThisBlock()
const echo: MessageMiddleware<unknown> = (conn, message) => conn.send(message)

afterEach(() => vi.restoreAllMocks())

describe('of messages', () => {
  it.each([
    [undefined, 0.009_9, 1],
    [undefined, 0.01, 0],
    [0.5, 0.499, 1],
    [0.5, 0.5, 0],
    [1, 0.999_999, 1],
    [0, 0, 0],
  ])('messages: %s with a draw of %s traces %i', async (ratio, draw, count) => {
    const app = application().message(echo)
    traces(app, ratio === undefined ? {} : { messages: ratio })
    const peer = await connected(await served(app))
    vi.spyOn(Math, 'random').mockReturnValue(draw)
    peer.send('hello')
    await peer.next()
    expect(recording.names.filter((name) => name === 'handle message')).toHaveLength(count)
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
