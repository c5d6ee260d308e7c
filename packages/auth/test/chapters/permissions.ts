import { strict as assert } from 'node:assert'
import type { Authenticated } from '@linkspan/core'
import type { Behaviour, Chapter } from '@linkspan/testing'
import {
  allOf,
  anyOf,
  authorize,
  authorizeMessages,
  can,
  hasRole,
  type Policy,
  permissions,
} from '../../src/index.js'
import { askedWho, refusalOf, whoAmI } from './support.js'
import { asking, type Claims, enter, tokensOf } from './tokens.js'

const FORBIDDEN = '{"type":"about:blank","title":"Forbidden","status":403,"code":4003}'
const staff = allOf(hasRole('staff'), (conn) => conn.identity.tenant === 'acme')
const ROLES = permissions({ moderator: ['room:read', 'room:write'], guest: ['room:read'] })

const handshakes: readonly Behaviour[] = [
  ...(
    [
      ['a scope', can('chat'), { scope: 'news chat' }, { scope: 'chatter' }],
      ['a role', hasRole('admin'), { roles: ['admin'] }, { roles: ['administrator'] }],
      ['any of several', anyOf(hasRole('admin'), can('chat')), { scope: 'chat' }, {}],
      ['all of several', staff, { roles: ['staff'], tenant: 'acme' }, { roles: ['staff'], tenant: 'evil' }],
      [
        'what a role may do',
        ROLES('room:write'),
        { roles: ['moderator'] },
        { roles: ['guest', '__proto__'] },
      ],
    ] as const
  ).map(
    ([what, policy, allowed, denied]: readonly [
      string,
      Policy<Authenticated>,
      Claims,
      Claims,
    ]): Behaviour => ({
      name: `${what} lets in who has it, and nobody else: 403`,
      async run(stage) {
        const decisions: string[] = []
        const app = stage
          .app()
          .use(tokensOf(stage))
          .use(
            authorize(policy, {
              onDecision: ({ conn, action, target, allowed }) =>
                decisions.push(`${conn.identity.subject} ${action} ${target} ${allowed}`),
            }),
          )
        const record = stage.record(app)
        const served = await stage.serve(whoAmI(app))
        const refusal = refusalOf(await served.answer({ ...(await asking(denied)), path: '/chat?secret=1' }))
        assert.equal(refusal.status, 403)
        assert.equal(refusal.body, FORBIDDEN)
        assert.equal((await record.next('close')).info.code, 4003)
        await askedWho(await enter(served, allowed))
        assert.deepEqual(decisions, ['ada connect /chat false', 'ada connect / true'])
      },
    }),
  ),
  {
    name: 'a policy may take its time, and what it refuses after 101 is closed with 4003',
    async run(stage) {
      const app = stage
        .app({ refuse: 'visibly' })
        .use(tokensOf(stage))
        .use(authorize(async (conn) => conn.identity.scopes?.includes('chat') === true))
      const record = stage.record(app)
      const served = await stage.serve(whoAmI(app))
      await askedWho(await enter(served, { scope: 'chat' }))
      assert.equal((await (await enter(served)).closed).code, 4003)
      assert.equal((await record.next('close')).info.code, 4003)
    },
  },
]

const messages: readonly Behaviour[] = [
  {
    name: 'a message that is denied ends the connection with 4003, and reaches no handler',
    async run(stage) {
      const heard: string[] = []
      const audit: string[] = []
      const app = stage
        .app()
        .use(tokensOf(stage))
        .message(
          authorizeMessages(
            anyOf(can('write'), (_conn, message) => message.text() === 'hello'),
            {
              onDecision: ({ action, target, allowed }) => audit.push(`${action} ${target.size} ${allowed}`),
            },
          ),
        )
        .message((conn, message) => {
          heard.push(message.text())
          conn.send(message)
        })
      const record = stage.record(app)
      const peer = await enter(await stage.serve(app))
      peer.send('hello')
      assert.equal(await peer.next(), 'hello')
      peer.send('delete all')
      assert.equal((await peer.closed).code, 4003)
      assert.equal((await record.next('close')).info.code, 4003)
      assert.deepEqual(heard, ['hello'])
      assert.deepEqual(audit, ['message 5 true', 'message 10 false'])
    },
  },
  {
    name: 'a message that is denied is answered where the application says how, and the connection stays',
    async run(stage) {
      const app = stage
        .app()
        .use(tokensOf(stage))
        .message(
          authorizeMessages(async (conn) => can('write')(conn), {
            onDenied: (conn, message) => {
              conn.send(`no: ${message.text()}`)
            },
          }),
        )
      const served = await stage.serve(whoAmI(app))
      const peer = await enter(served)
      peer.send('who am I?')
      assert.equal(await peer.next(), 'no: who am I?')
      await askedWho(await enter(served, { scope: 'write' }))
    },
  },
]

const topics: readonly Behaviour[] = [
  {
    name: 'topics take the same permissions: denied is 4003, and every decision an event',
    async run(stage) {
      const access: string[] = []
      const app = stage
        .app()
        .use(tokensOf(stage))
        .topics('room:*', {
          join: ROLES('room:read'),
          publish: anyOf(ROLES('room:write'), (conn, topic) => topic === `room:${conn.identity.subject}`),
        })
        .on('access', (_, { action, topic, allowed }) => access.push(`${action} ${topic} ${allowed}`))
        .message((conn, message) => {
          const topic = message.text()
          conn.join(topic)
          conn.to(topic).send('hello')
          conn.send(topic)
        })
      const record = stage.record(app)
      const served = await stage.serve(app)
      const guest = await enter(served, { roles: ['guest'] })
      guest.send('room:ada')
      assert.equal(await guest.next(), 'room:ada')
      guest.send('room:1')
      assert.equal((await guest.closed).code, 4003)
      assert.equal((await record.next('close')).info.code, 4003)
      assert.deepEqual(access, [
        'join room:ada true',
        'publish room:ada true',
        'join room:1 true',
        'publish room:1 false',
      ])
    },
  },
]

/** What somebody who is known may do. */
export const chapter: Chapter = {
  title: 'permissions',
  behaviours: [...handshakes, ...messages, ...topics],
}
