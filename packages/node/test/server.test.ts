import { once } from 'node:events'
import { Agent, createServer, get, type IncomingMessage, type Server } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { systemClock } from '@linkspan/core'
import { VirtualClock } from '@linkspan/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { type Closable, close, ServerEnd } from '../src/server.js'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function listening(server: Server): Promise<number> {
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function answerOf(port: number, agent: Agent): Promise<IncomingMessage> {
  const [answer] = (await once(get({ port, host: '127.0.0.1', agent }), 'response')) as [IncomingMessage]
  return answer
}

/** Whether it has settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  await new Promise(setImmediate)
  return (await Promise.race([promise, Promise.resolve(pending)])) !== pending
}

describe('close', () => {
  it('awaits a promise', async () => {
    let end = (): void => {}
    const closed = close({
      close: () =>
        new Promise<void>((resolve) => {
          end = resolve
        }),
    })
    expect(await settled(closed)).toBe(false)
    end()
    await closed
  })

  it('awaits the callback of those who take one', async () => {
    let end: ((error?: Error) => void) | undefined
    const closed = close({
      close: (callback) => {
        end = callback
      },
    })
    expect(await settled(closed)).toBe(false)
    end?.()
    await closed
  })

  it('is done at once with those who neither promise nor take anything, or answer themselves', async () => {
    await close({ close: () => 'done' })
    const self = { close: () => self }
    await close(self)
  })

  it.each<[string, Closable]>([
    [
      'throws',
      {
        close: () => {
          throw new Error('a bug')
        },
      },
    ],
    ['rejects', { close: () => Promise.reject(new Error('a bug')) }],
    ['calls back with an error', { close: (callback) => callback?.(new Error('a bug')) }],
  ])('rejects where it %s', async (_how, closable) => {
    await expect(close(closable)).rejects.toThrow('a bug')
  })

  it('takes a server that never listened, or was closed before, for closed', async () => {
    await close(createServer())
    await close(createTcpServer())
  })
})

describe('the end of a server of node:http', () => {
  it('waits for the answer that is under way, and not for the connection to idle away', async () => {
    const server = createServer({ keepAliveTimeout: 60_000 })
    const port = await listening(server)
    const agent = new Agent({ keepAlive: true })
    const asked = once(server, 'request')
    const answer = answerOf(port, agent)
    const [, response] = await asked
    const ended = new ServerEnd(server, systemClock).end()
    expect(await settled(ended)).toBe(false)
    response.end('late')
    ;(await answer).resume()
    await ended
    agent.destroy()
  })

  it('closes idle connections at once', async () => {
    const server = createServer({ keepAliveTimeout: 60_000 }, (_req, res) => res.end('ok'))
    const port = await listening(server)
    const agent = new Agent({ keepAlive: true })
    const answer = await answerOf(port, agent)
    answer.resume()
    await once(answer, 'end')
    await new ServerEnd(server, systemClock).end()
    agent.destroy()
  })

  it('cut: ends requests that hang, and looks for idle connections no more', async () => {
    const clock = new VirtualClock()
    const server = createServer()
    const port = await listening(server)
    const asked = once(server, 'request')
    const socket = connect(port, '127.0.0.1')
    socket.on('error', () => {})
    socket.write('GET / HTTP/1.1\r\nHost: here\r\n\r\n')
    await asked
    const end = new ServerEnd(server, clock)
    const ended = end.end()
    expect(await settled(ended)).toBe(false)
    expect(clock.pending).toBe(1)
    end.cut()
    await once(socket, 'close')
    await ended
    expect(clock.pending).toBe(0)
  })
})

describe('the end of an app of uWebSockets.js', () => {
  const uws = () => ({ publish: () => true, numSubscribers: () => 0, close: vi.fn() })

  it('leaves the last close frames half a second, since its close cuts every socket', async () => {
    const clock = new VirtualClock()
    const server = uws()
    const ended = new ServerEnd(server, clock).end()
    await clock.advance(499)
    expect(server.close).not.toHaveBeenCalled()
    await clock.advance(1)
    await ended
    expect(server.close).toHaveBeenCalledTimes(1)
  })

  it('cut: is closed at once, and once', async () => {
    const clock = new VirtualClock()
    const server = uws()
    const end = new ServerEnd(server, clock)
    void end.end()
    end.cut()
    await clock.advance(1_000)
    expect(server.close).toHaveBeenCalledTimes(1)
    expect(clock.pending).toBe(0)
  })
})
