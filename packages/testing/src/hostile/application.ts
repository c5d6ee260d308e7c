import type { Connection, MessageMiddleware } from '@linkspan/core'
import { errorCodeOf } from '../conformance/support.js'
import type { Supports } from '../host.js'
import type { HostileCase, HostileChapter, Outcome } from './case.js'
import { byNetwork, byPeer, byServer } from './outcomes.js'
import { advance, closeFrame, fin, impolite, open, reaches, reset, server, text } from './steps.js'

/** What an application may do wrong by itself, or be led to. */
export const applicationCases: HostileChapter = {
  title: 'application',
  cases: [
    ...Object.entries<MessageMiddleware<unknown>>({
      'throws an error': () => {
        throw new Error('inner workings')
      },
      'rejects with an error': async () => {
        throw new Error('inner workings')
      },
      'rejects after a while': async () => {
        await undefined
        throw new Error('inner workings')
      },
      'throws nothing': () => {
        // oxlint-disable-next-line typescript/only-throw-error -- user code may throw what is no Error
        throw undefined
      },
      'throws a string': () => {
        // oxlint-disable-next-line typescript/only-throw-error -- user code may throw what is no Error
        throw 'inner workings'
      },
      'throws what cannot be read': () => {
        throw Object.create(null)
      },
    }).map(
      ([what, handler]): HostileCase => ({
        row: 18,
        rfc: 'RFC 6455 §7.4.1',
        name: `a handler that ${what} is an error, and closed with 1011 that says nothing of it`,
        app: { handler: () => handler },
        send: [open, text('hello'), text('and again')],
        expect: (supports) => ({
          wire: 1011,
          info: byServer(1011, '', true)(supports),
          errors: ['LINKSPAN_HANDLER'],
          handled: ['hello'],
        }),
      }),
    ),
    ...[9999, 5000, 1005, 1006, 1015, 1004, 999, 0, -1, 1000.5, NaN, Infinity, '1000', null].map(
      (code): HostileCase => ({
        row: 19,
        rfc: 'RFC 6455 §7.4',
        name: `close(${typeof code === 'string' ? `'${code}'` : String(code)}) by the application is a documented error, and closes nothing`,
        send: [
          open,
          async ({ conn, notes }) =>
            void notes.push(String(await errorCodeOf(() => conn.close(code as number)))),
          text('hello'),
        ],
        expect: { echoes: ['hello'], notes: ['LINKSPAN_CLOSE_CODE'] },
      }),
    ),
    ...(
      [
        ['200 letters', 'x'.repeat(200), 'x'.repeat(123)],
        ['emoji, of four bytes each,', '😀'.repeat(50), '😀'.repeat(30)],
        ['umlauts after one letter', `x${'ü'.repeat(100)}`, `x${'ü'.repeat(61)}`],
        ['a lone surrogate', 'lone \ud800', 'lone \ufffd'],
        ['a number', 42, ''],
        ['an object', { toString: 'no function' }, ''],
        ['a symbol', Symbol('reason'), ''],
        ['null', null, ''],
      ] as const
    ).map(
      ([what, reason, cut]): HostileCase => ({
        row: 19,
        rfc: 'RFC 6455 §5.5',
        name: `a reason of ${what} is cut, or none, and closes all the same`,
        send: [open, server((conn) => conn.close(4000, reason as string))],
        expect: (supports) => ({ wire: 4000, info: byServer(4000, cut, true)(supports) }),
      }),
    ),
    ...Object.entries<readonly [steps: HostileCase['send'], expect: (supports: Supports) => Outcome]>({
      'while our close waits for an answer': [
        [impolite, server((conn) => conn.close(4000, 'go'))],
        // The terminate() among the calls may come before it is known whether the peer has answered.
        () => ({ info: { code: 4000, reason: 'go', by: 'server', wireCode: 4000 } }),
      ],
      'after a close frame of the peer': [[closeFrame(4001), reaches('closing')], byPeer(4001)],
      'after a FIN': [[fin, reaches('closing')], () => ({ wire: 'cut', info: byNetwork })],
      'after a reset': [[reset, reaches('closing')], () => ({ info: byNetwork })],
      'after terminate()': [
        [server((conn) => conn.terminate()), reaches('closing')],
        () => ({ wire: 'cut', info: { ...byNetwork, by: 'server' } }),
      ],
    }).map(
      ([when, [steps, expect]]): HostileCase => ({
        row: 21,
        rfc: 'RFC 6455 §7.1.1',
        name: `every call ${when} is a no-op or a documented error`,
        app: {
          middleware: () => (conn, next) => {
            conn.authenticate({ subject: 'ada' })
            return next()
          },
        },
        send: [
          open,
          ...steps,
          async ({ conn, notes }) => void notes.push(...(await callsOn(conn))),
          advance(5_000),
        ],
        expect: (supports) => ({
          ...expect(supports),
          notes: [
            ...['closed', 'closed', '0 topics', 'LINKSPAN_CLOSED', 'LINKSPAN_CLOSED', 'no error', 'no error'],
            'drained',
          ],
        }),
      }),
    ),
  ],
}

async function callsOn(conn: Connection<unknown>): Promise<string[]> {
  const told: string[] = [conn.send('late'), conn.send(new Uint8Array(1))]
  conn.join('lobby')
  conn.leave('lobby')
  conn.to('lobby').send('late')
  told.push(`${conn.topics.size} topics`)
  told.push(String(await errorCodeOf(() => conn.authenticate({ subject: 'eve' }))))
  told.push(String(await errorCodeOf(() => conn.renew({ subject: 'ada' }))))
  told.push((await errorCodeOf(() => conn.close(4009, 'late'))) ?? 'no error')
  told.push((await errorCodeOf(() => conn.terminate())) ?? 'no error')
  await conn.drained()
  told.push('drained')
  return told
}
