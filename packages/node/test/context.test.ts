import { AsyncLocalStorage } from 'node:async_hooks'
import { linkspan } from '@linkspan/core'
import { asyncContext } from '@linkspan/node'
import { memoryHost } from '@linkspan/testing'
import { describe, expect, it } from 'vitest'

const trace = new AsyncLocalStorage<string>()

async function join(app: Parameters<typeof memoryHost>[0], name: string) {
  const host = await memoryHost(app)
  const answer = await host.connect({ path: `/?name=${name}` }).answer
  if (!answer.upgraded) throw new Error(`refused with ${answer.status}`)
  return { host, peer: answer.peer }
}

describe('asyncContext', () => {
  it('carries what is set around next() into handlers, hooks, releases and what stands after next()', async () => {
    const seen: string[] = []
    const note = (where: string) => seen.push(`${where} ${trace.getStore()}`)
    const app = linkspan({ origin: '*', context: asyncContext() })
      .use((conn, next) => trace.run(`of ${conn.request.query.get('name')}`, () => next()))
      .use(async (conn, next) => {
        conn.defer(() => void note('release'))
        const end = await next()
        note('after next')
        return end
      })
      .message(async (conn, message) => {
        note('handler')
        await Promise.resolve()
        note('after await')
        conn.send(message)
      })
    app.on('open', () => note('open'))
    app.on('close', () => note('close'))
    const { host, peer } = await join(app, 'ada')
    peer.send('x')
    await peer.next()
    peer.close(1000)
    await peer.closed
    await host.close()
    expect(seen).toEqual(
      ['open', 'handler', 'after await', 'after next', 'release', 'close'].map((where) => `${where} of ada`),
    )
  })

  it('keeps connections apart', async () => {
    const app = linkspan({ origin: '*', context: asyncContext() })
      .use((conn, next) => trace.run(conn.request.query.get('name') ?? '', () => next()))
      .message((conn) => {
        conn.send(trace.getStore() ?? 'nothing')
      })
    const [one, other] = [await join(app, 'ada'), await join(app, 'grace')]
    other.peer.send('who?')
    one.peer.send('who?')
    expect([await one.peer.next(), await other.peer.next()]).toEqual(['ada', 'grace'])
    await one.host.close()
    await other.host.close()
  })

  it('is not there without it', async () => {
    const app = linkspan({ origin: '*' })
      .use((_conn, next) => trace.run('ada', () => next()))
      .message((conn) => {
        conn.send(trace.getStore() ?? 'nothing')
      })
    const { host, peer } = await join(app, 'ada')
    peer.send('who?')
    expect(await peer.next()).toBe('nothing')
    await host.close()
  })
})
