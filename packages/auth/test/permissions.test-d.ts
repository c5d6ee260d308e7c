import { type Authenticated, type Connection, linkspan, type Message } from '@linkspan/core'
import { describe, expectTypeOf, it } from 'vitest'
import {
  allOf,
  anyOf,
  authorize,
  authorizeMessages,
  can,
  hasRole,
  jwt,
  permissions,
  renewal,
  revocation,
  single,
} from '../src/index.js'

interface Profile {
  readonly plan: 'free' | 'pro'
}

const secret = 'what only the issuer and the server know'
const tokens = jwt({ secret })
const known = linkspan().use(tokens)
const rich = known.use((_conn, next) => next({ profile: { plan: 'pro' } as Profile }))

describe('what needs an identity', () => {
  it('stands behind what authenticates', () => {
    known
      .use(authorize(can('chat')))
      .use(revocation())
      .use(single())
    known.message(renewal({ tokens })).message(authorizeMessages(can('chat')))
    known.topics('room:*', { join: can('room:read'), publish: hasRole('speaker') })
  })

  it('does not compile before it', () => {
    const nobody = linkspan()
    // @ts-expect-error: nobody has authenticated.
    nobody.use(authorize(can('chat')))
    // @ts-expect-error: nobody has authenticated.
    nobody.use(authorize(() => true))
    // @ts-expect-error: nobody has authenticated.
    nobody.use(revocation())
    // @ts-expect-error: nobody has authenticated.
    nobody.use(single())
    // @ts-expect-error: nobody has authenticated.
    nobody.message(renewal({ tokens }))
    // @ts-expect-error: nobody has authenticated.
    nobody.message(authorizeMessages(can('chat')))
    // @ts-expect-error: nobody has authenticated.
    nobody.topics('room:*', { join: can('room:read') })
  })
})

describe('policies', () => {
  it('see the data of where they stand, and an identity', () => {
    rich.use(
      authorize((conn) => {
        expectTypeOf(conn.data.profile.plan).toEqualTypeOf<'free' | 'pro'>()
        expectTypeOf(conn.identity.subject).toEqualTypeOf<string>()
        return conn.data.profile.plan === 'pro'
      }),
    )
    rich.use(authorize(allOf(hasRole('staff'), (conn) => conn.data.profile.plan === 'pro')))
    rich.message(
      authorizeMessages((conn, message) => {
        expectTypeOf(message).toEqualTypeOf<Message>()
        return conn.data.profile.plan === 'pro'
      }),
    )
    rich.use(single({ by: (conn) => conn.data.profile.plan }))
  })

  it('may take their time', () => {
    known.use(authorize(async (conn) => conn.identity.subject === 'ada'))
  })

  it('answer a boolean', () => {
    // @ts-expect-error: what is it, yes or no?
    known.use(authorize((conn) => conn.identity.subject))
    // @ts-expect-error: topics are decided at once.
    known.topics('room:*', { join: async () => true })
  })

  it('are put together, and then know of the target what each place knows', () => {
    known.topics('room:*', {
      join: anyOf(can('room:read'), (conn, topic) => topic === `room:${conn.identity.subject}`),
    })
    rich.topics('room:*', {
      join: allOf(anyOf(can('a'), can('b')), (conn, topic) => topic.endsWith(conn.data.profile.plan)),
    })
    known.message(authorizeMessages(anyOf(can('write'), (_conn, message) => message.size < 10)))
    // @ts-expect-error: none allows everything, or nothing.
    known.use(authorize(allOf()))
  })

  it('can be named beforehand', () => {
    const staff = allOf(hasRole('staff'), can('chat'))
    known.use(authorize(staff))
    known.topics('room:*', { join: staff })
    rich.message(authorizeMessages(staff))
    const reader = (conn: Connection<Authenticated>): boolean => conn.identity.roles !== undefined
    known.use(authorize(anyOf(reader, staff)))
  })
})

describe('permissions', () => {
  it('of roles are known by name', () => {
    const allowed = permissions({ moderator: ['room:read', 'room:write'], guest: ['room:read'] })
    known.topics('room:*', { join: allowed('room:read'), publish: allowed('room:write') })
    // @ts-expect-error: no role has it.
    allowed('room:raed')
  })
})
