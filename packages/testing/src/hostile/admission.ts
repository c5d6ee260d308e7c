import type { Connection } from '@linkspan/core'
import { within } from '../until.js'
import type { HostileCase, HostileChapter, Setup } from './case.js'
import { byNetwork, byServer, refused } from './outcomes.js'
import type { Scene } from './scene.js'
import { advance, arrives, openGate, reaches, reset, upgrade } from './steps.js'

/** Middleware that does not settle, or refuses after it took something. */
export const admissionCases: HostileChapter = {
  title: 'admission',
  cases: [
    {
      row: 6,
      rfc: 'RFC 9110 §15.6.4',
      name: 'middleware that never settles is answered with 503 at the deadline, and not before',
      app: waits(),
      send: [
        upgrade(),
        arrives,
        advance(2_999),
        ({ notes, conn }) => void notes.push(conn.state),
        advance(1),
        openGate,
      ],
      expect: {
        ...refused(503, 1013, 'the handshake took too long'),
        notes: ['connecting', 'late', 'released'],
      },
    },
    {
      row: 6,
      rfc: 'RFC 9110 §15.6.4',
      name: 'middleware that never settles after authenticate() is answered with 503 at the deadline',
      app: waits((conn) => conn.authenticate({ subject: 'ada' })),
      send: [upgrade(), reaches('authenticated'), advance(3_000), openGate],
      expect: { ...refused(503, 1013, 'the handshake took too long'), notes: ['late', 'released'] },
    },
    {
      row: 6,
      rfc: 'RFC 9110 §15.6.4',
      name: 'middleware that never settles at all is given up when its release has taken too long, and that is told',
      app: waits(),
      send: [
        upgrade(),
        arrives,
        advance(3_000),
        advance(10_000),
        ({ reaches }) => reaches('closed'),
        openGate,
      ],
      expect: {
        ...refused(503, 1013, 'the handshake took too long'),
        errors: ['LINKSPAN_RELEASE_TIMEOUT'],
      },
    },
    {
      row: 6,
      rfc: 'RFC 9110 §15.6.4',
      name: 'fifty whose middleware never settles are fifty 503 at the deadline, and nothing of them is left',
      app: waits(),
      send: [
        upgrade(),
        async ({ app, dial, gate, notes, stage, until }) => {
          const others = Array.from({ length: 49 }, () => dial())
          await Promise.all(others.map((other) => other.connected))
          for (const other of others) other.write(upgrade())
          await until(() => app.connections.size === 50, 'all have arrived')
          await stage.clock.advance(3_000)
          gate.open()
          const answers = await Promise.all(others.map((other) => within(other.answer, 'an answer')))
          await until(() => app.connections.size === 0, 'all have closed')
          const told = answers.filter((answer) => answer?.status === 503)
          notes.splice(0, Infinity, `${told.length} × 503`)
        },
      ],
      expect: { ...refused(503, 1013, 'the handshake took too long'), notes: ['49 × 503'] },
    },
    {
      row: 6,
      rfc: 'RFC 9112 §9.5',
      name: 'a client that leaves in the last millisecond before the deadline has left: nobody is answered',
      app: waits(),
      send: [upgrade(), arrives, advance(2_999), reset, reaches('closing'), advance(1), openGate],
      expect: { answered: 'cut', info: byNetwork, notes: ['late', 'released'] },
    },
    {
      row: 6,
      rfc: 'RFC 6455 §7.4.1',
      name: 'middleware that never settles after accept() is closed with 1013 at the deadline',
      app: {
        middleware: (scene) => async (conn, next) => {
          await conn.accept()
          await scene.gate.opened
          return next()
        },
      },
      send: [upgrade(), arrives, ({ client }) => client.answer, advance(3_000), openGate],
      expect: (supports) => ({
        status: 101,
        wire: 1013,
        info: byServer(1013, 'the handshake took too long', true)(supports),
        handled: [],
      }),
    },
    {
      row: 22,
      rfc: 'RFC 9110 §15.5.4',
      name: 'middleware that takes a resource and then refuses gives it back, and nobody saw it active',
      app: {
        middleware:
          ({ notes }) =>
          async (conn) => {
            conn.defer(() => void notes.push('given back'))
            notes.push('taken')
            await undefined
            return conn.reject({ status: 403, reason: 'not you' })
          },
      },
      send: [
        upgrade(),
        ({ record, until }) => until(() => record.of('close').length > 0, 'the end'),
        sawActive,
      ],
      expect: { ...refused(403, 4003, 'not you'), notes: ['taken', 'given back', 'never active'] },
    },
    {
      row: 22,
      rfc: 'RFC 9110 §15.6.1',
      name: 'middleware that takes a resource and then throws gives it back, and the client hears a 500 without detail',
      app: {
        middleware:
          ({ notes }) =>
          async (conn) => {
            conn.defer(() => void notes.push('given back'))
            notes.push('taken')
            await undefined
            throw new Error('inner workings')
          },
      },
      send: [
        upgrade(),
        ({ record, until }) => until(() => record.of('close').length > 0, 'the end'),
        sawActive,
      ],
      expect: {
        ...refused(500, 1011),
        notes: ['taken', 'given back', 'never active'],
        errors: ['LINKSPAN_MIDDLEWARE'],
      },
    },
    ...(['before the 101', 'after accept()', 'visibly'] as const).map(
      (when): HostileCase => ({
        row: 22,
        rfc: when === 'before the 101' ? 'RFC 9110 §15.5.4' : 'RFC 6455 §7.4.2',
        name: `what middleware has joined, sent and taken, and then refuses ${when}, never happens and is given back`,
        app: {
          options: when === 'visibly' ? { refuse: 'visibly' } : {},
          middleware:
            ({ notes }) =>
            async (conn) => {
              conn.defer(() => void notes.push('given back first'))
              conn.defer(() => void notes.push('given back last taken'))
              if (when === 'after accept()') await conn.accept()
              conn.join('lobby')
              notes.push(conn.send('early'))
              return conn.reject({ status: 403, reason: 'not you' })
            },
        },
        send: [
          upgrade(),
          ({ record, until }) => until(() => record.of('close').length > 0, 'the end'),
          ({ app, notes }) => {
            app.to('lobby').send('to nobody')
            notes.push(`${app.stats().gauges.topics} topics`)
          },
          sawActive,
          ({ client }) => within(client.over, 'the socket ends'),
          ({ client, notes }) => void notes.push(`${client.messages.length} messages`),
        ],
        expect: (supports) => ({
          ...(when === 'before the 101'
            ? refused(403, 4003, 'not you')
            : { status: 101, wire: 4003, info: byServer(4003, 'not you', true)(supports) }),
          notes: [
            ...['queued', 'given back last taken', 'given back first'],
            ...['0 topics', 'never active', '0 messages'],
          ],
        }),
      }),
    ),
    {
      row: 1,
      rfc: 'RFC 9112 §9.5',
      name: 'middleware that answers long after its client has gone answers nobody',
      app: waits(),
      send: [upgrade(), arrives, reset, ({ reaches }) => reaches('closing'), advance(2_000), openGate],
      expect: { info: byNetwork, notes: ['late', 'released'] },
    },
  ],
}

function waits(before: (conn: Connection<unknown>) => void = () => {}): Setup {
  return {
    middleware:
      ({ gate, notes }) =>
      async (conn, next) => {
        before(conn)
        conn.defer(() => void notes.push('released'))
        await gate.opened
        notes.push('late')
        return next()
      },
  }
}

function sawActive({ record, notes }: Scene): void {
  const active = record.of('transition').some(({ to }) => to === 'active') || record.of('open').length > 0
  notes.push(active ? 'active' : 'never active')
}
