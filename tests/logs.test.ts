// The log as operators get it: through a real pino, and through Fastify's own logger.

import { readFileSync } from 'node:fs'
import { type Linkspan, type LinkspanOptions, linkspan } from '@linkspan/core'
import plugin, { upgrade } from '@linkspan/fastify'
import { memoryHost, type Peer, VirtualClock } from '@linkspan/testing'
import fc from 'fast-check'
import { fastify } from 'fastify'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import WebSocket from 'ws'

type Line = Readonly<Record<string, unknown>>

/** Every field that a line of ours had in here. */
const fields = new Set<string>()

/** What is written to it, line by line, parsed. */
class Lines {
  readonly all: Line[] = []

  write(text: string): void {
    for (const json of text.trimEnd().split('\n')) {
      const line = JSON.parse(json) as Line
      this.all.push(line)
      if ('event' in line) for (const field of Object.keys(line)) fields.add(field)
    }
  }

  /** Those of one event, without what pino adds. */
  of(event: string): Line[] {
    return this.all
      .filter((line) => line['event'] === event)
      .map(({ time: _time, pid: _pid, hostname: _host, ...line }) => line)
  }
}

interface Written {
  readonly app: Linkspan<{}>
  readonly lines: Lines
  readonly clock: VirtualClock
}

function written(level: string, options: LinkspanOptions = {}): Written {
  const lines = new Lines()
  const clock = new VirtualClock()
  // A pino is a logger as it is.
  const logger = pino({ level }, lines)
  return { app: linkspan({ origin: '*', heartbeat: false, ...options, clock, logger }), lines, clock }
}

async function connect(app: Linkspan<unknown>, path = '/'): Promise<Peer> {
  const answer = await (await memoryHost(app)).connect({ path }).answer
  if (!answer.upgraded) throw new Error(`refused: ${answer.body}`)
  return answer.peer
}

describe('a pino', () => {
  it('writes every line as JSON, with its level, its event and its fields', async () => {
    const { app, lines } = written('debug')
    app.use((conn, next) => {
      conn.authenticate({ subject: 'ada', tenant: 'acme' })
      return next()
    })
    const peer = await connect(app)
    const [conn] = [...app.connections]
    conn?.close(4001, 'revoked')
    await conn?.closed
    await peer.closed
    const who = { connection: conn?.id, tenant: 'acme', via: 'memory' }
    expect(lines.of('connection.opened')).toEqual([
      {
        level: 20,
        event: 'connection.opened',
        ...who,
        state: 'active',
        duration: 0,
        msg: 'linkspan: connection opened',
      },
    ])
    expect(lines.of('connection.closed')).toEqual([
      {
        level: 30,
        event: 'connection.closed',
        ...who,
        state: 'closed',
        code: 4001,
        reason: 'revoked',
        by: 'server',
        clean: true,
        wireCode: 4001,
        duration: 0,
        msg: 'linkspan: connection closed',
      },
    ])
    expect(lines.all).toHaveLength(2)
  })

  it('writes faults as warnings, and errors with their stack and cause', async () => {
    const { app, lines } = written('info')
    app.message(() => {
      throw new TypeError('the shop is closed')
    })
    const peer = await connect(app)
    const [conn] = [...app.connections]
    peer.send('an order')
    await conn?.closed
    expect(lines.of('connection.closed')).toMatchObject([{ level: 40, code: 1011 }])
    expect(lines.of('error')).toEqual([
      {
        level: 50,
        event: 'error',
        connection: conn?.id,
        via: 'memory',
        state: 'active',
        code: 'LINKSPAN_HANDLER',
        err: {
          type: 'LinkspanError',
          code: 'LINKSPAN_HANDLER',
          name: 'LinkspanError',
          message: 'a message handler threw.: the shop is closed',
          stack: expect.stringMatching(
            /^LinkspanError: a message handler threw\..*caused by: TypeError: the shop is closed/s,
          ) as string,
        },
        msg: 'linkspan: a message handler threw.',
      },
    ])
  })

  it('leaves out what its level leaves out: then nothing is made, and nothing is counted', async () => {
    const { app, lines, clock } = written('warn', { log: { perSecond: 1 } })
    for (let each = 0; each < 5; each += 1) {
      const peer = await connect(app)
      peer.close(1000)
      await peer.closed
    }
    await new Promise(setImmediate)
    expect(app.stats().totals.closed).toBe(5)
    expect([lines.all.length, app.stats().gauges.timers, clock.pending]).toEqual([0, 0, 0])
  })

  it('may change its level while the application runs', async () => {
    const lines = new Lines()
    const logger = pino({ level: 'warn' }, lines)
    const app = linkspan({ origin: '*', heartbeat: false, clock: new VirtualClock(), logger })
    for (const level of ['warn', 'info']) {
      logger.level = level
      const peer = await connect(app)
      const [conn] = [...app.connections]
      peer.close(1000)
      await conn?.closed
    }
    expect(lines.of('connection.closed')).toHaveLength(1)
  })

  it('may be a child, which says on which node it is', async () => {
    const lines = new Lines()
    const logger = pino({ level: 'info' }, lines).child({ node: 'a7' })
    const app = linkspan({ origin: '*', logger })
    await app.drain()
    expect(lines.all.map(({ event, node }) => [event, node])).toEqual([
      ['drain.began', 'a7'],
      ['drain.ended', 'a7'],
    ])
  })

  it('under flood writes so many lines, and how many there would have been more', async () => {
    const { app, lines, clock } = written('info', { log: { perSecond: 3 } })
    app.use((conn) => conn.reject({ status: 429 }))
    const host = await memoryHost(app)
    await Promise.all(Array.from({ length: 1_000 }, () => host.connect().answer))
    await clock.advance(1_000)
    expect(lines.of('connection.refused')).toHaveLength(3)
    expect(lines.of('log.suppressed')).toEqual([
      {
        level: 30,
        event: 'log.suppressed',
        of: 'connection.refused',
        code: 4101,
        by: 'server',
        suppressed: 997,
        msg: 'linkspan: lines suppressed',
      },
    ])
  })

  it('writes nothing of what clients have said, whatever that was', async () => {
    const secret = fc.stringMatching(/^[a-z0-9]{12}$/)
    const place = fc.constantFrom('query', 'header', 'cookie', 'protocol', 'payload', 'json', 'reason')
    const handler = fc.constantFrom('echo', 'json', 'join', 'throw')
    await fc.assert(
      fc.asyncProperty(secret, fc.uniqueArray(place), handler, async (said, places, how) => {
        const { app, lines } = written('debug')
        app.topics('*', { join: () => false })
        app.message((conn, message) => {
          if (how === 'json') message.json()
          else if (how === 'join') conn.join(message.text())
          else if (how === 'throw') throw new Error('a bug')
          else conn.send(message)
        })
        const at = (name: (typeof places)[number], otherwise = 'nothing'): string =>
          places.includes(name) ? said : otherwise
        const answer = await (await memoryHost(app)).connect({
          path: `/?token=${at('query')}`,
          headers: { authorization: at('header'), cookie: `sid=${at('cookie')}` },
          protocols: [at('protocol')],
        }).answer
        if (!answer.upgraded) throw new Error('refused')
        const [conn] = [...app.connections]
        answer.peer.send(places.includes('json') ? `{"password":"${said}` : at('payload'))
        answer.peer.close(4999, at('reason'))
        await conn?.closed
        expect(lines.all.length).toBeGreaterThanOrEqual(2)
        expect(JSON.stringify(lines.all)).not.toContain(said)
      }),
      { numRuns: 100 },
    )
  })
})

describe("Fastify's logger", () => {
  it('takes the lines as they are, beside its own', async () => {
    const lines = new Lines()
    const server = fastify({ logger: { level: 'info', stream: lines } })
    const app = linkspan({ origin: '*', logger: server.log })
    await server.register(plugin)
    server.get('/chat', upgrade(app))
    const address = await server.listen({ port: 0, host: '127.0.0.1' })
    const socket = new WebSocket(`${address.replace('http', 'ws')}/chat?token=secret`)
    await new Promise((resolve) => socket.once('open', resolve))
    const closed = new Promise((resolve) => app.on('close', resolve))
    socket.close(4000)
    await closed
    await server.close()
    expect(lines.of('connection.closed')).toMatchObject([
      { level: 30, via: 'fastify', code: 4000, by: 'peer', wireCode: 4000, clean: true },
    ])
    expect(lines.of('drain.ended')).toMatchObject([{ level: 30, closed: 0, forced: 0 }])
  })
})

describe('docs/logs.md', () => {
  const page = readFileSync(new URL('../docs/logs.md', import.meta.url), 'utf8')
  /** The cells of each row of the table that is headed so. */
  const rowsOf = (heading: string): string[][] => {
    const [, table = ''] = page.split(heading)
    const rows = table.split('\n\n')[0]?.trim().split('\n').slice(1) ?? []
    return rows.map((row) => row.split('|').map((cell) => cell.trim()))
  }

  it('has every event, and its level', () => {
    const rows = rowsOf('| `event` | level | when | fields, beside `event` |')
    const told = rows.map(([, event = '', level]) => [event.slice(1, -1), level])
    expect(Object.fromEntries(told)).toEqual({
      ...linkspan().options.log.levels,
      'log.suppressed': 'that of the lines',
    })
  })

  it('has every field', () => {
    const told = rowsOf('| field | what |').flatMap(([, names = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    )
    const pinos = new Set(['level', 'time', 'pid', 'hostname', 'msg', 'reqId'])
    const undocumented = [...fields].filter((field) => !(told.includes(field) || pinos.has(field)))
    expect(undocumented).toEqual([])
    expect(fields.size).toBeGreaterThan(20)
  })
})
