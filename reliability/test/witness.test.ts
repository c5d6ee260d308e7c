import { type Connection, linkspan } from '@linkspan/core'
import { memoryHost, type Peer } from '@linkspan/testing'
import { expect, it } from 'vitest'
import { type Testimony, Witness } from '../server/witness.js'

/** What a witness says of one connection, in which `deed` was done when its message came. */
async function seen(deed: (witness: Witness, conn: Connection<unknown>) => void): Promise<Testimony> {
  const witness = new Witness()
  const app = linkspan().message((conn) => {
    deed(witness, conn)
    conn.close(4000)
  })
  witness.watch(app)
  const host = await memoryHost(app)
  const answer = await host.connect().answer
  const { peer } = answer as { peer: Peer }
  peer.send('do it')
  await peer.closed
  await host.close()
  return witness.tell()
}

it('has nothing to say of a connection that is as it should be', async () => {
  const testimony = await seen((witness, conn) => {
    witness.handling(conn)()
    witness.numbered(conn, 0)
    witness.numbered(conn, 1)
    const outer = witness.take(conn, 'deferred', 'a lock')
    witness.take(conn, 'middleware', 'a session')()
    outer()
  })
  expect(testimony).toMatchObject({
    violations: [],
    left: 0,
    closes: 1,
    codes: { 4000: 1 },
    taken: 2,
    released: 2,
  })
})

it.each<[string, RegExp, Parameters<typeof seen>[0]]>([
  ['a message out of order', /message 1 came instead of 0/, (witness, conn) => witness.numbered(conn, 1)],
  [
    'two handlers at once',
    /two handlers at once/,
    (witness, conn) => {
      const [one, other] = [witness.handling(conn), witness.handling(conn)]
      one()
      other()
    },
  ],
  [
    "a handler that outlives its connection's end",
    /'close' while a handler runs/,
    (witness, conn) => void witness.handling(conn),
  ],
  [
    'a release that comes twice',
    /released twice/,
    (witness, conn) => {
      const release = witness.take(conn, 'deferred', 'a lock')
      release()
      release()
    },
  ],
  [
    'a resource that is kept',
    /'close' while a lock is held/,
    (witness, conn) => void witness.take(conn, 'deferred', 'a lock'),
  ],
  [
    'releases in the order of taking',
    /a lock was released, and a file was next/,
    (witness, conn) => {
      const lock = witness.take(conn, 'deferred', 'a lock')
      const file = witness.take(conn, 'deferred', 'a file')
      lock()
      file()
    },
  ],
  [
    'what was deferred, before a middleware has unwound',
    /a lock was released before a session/,
    (witness, conn) => {
      const session = witness.take(conn, 'middleware', 'a session')
      const lock = witness.take(conn, 'deferred', 'a lock')
      lock()
      session()
    },
  ],
])('notices %s', async (_what, said, deed) => {
  expect((await seen(deed)).violations).toContainEqual(expect.stringMatching(said))
})

it('notices an end that is told twice, and what is told after it', async () => {
  const witness = new Witness()
  const listeners = new Map<string, (...args: never[]) => void>()
  const app = { on: (event: string, listener: (...args: never[]) => void) => listeners.set(event, listener) }
  witness.watch(app as never)
  const tell = (event: string, ...args: unknown[]): void => listeners.get(event)?.(...(args as never[]))
  const conn = { id: 'one' }
  tell('transition', conn, { from: 'connecting', to: 'closing' })
  tell('transition', conn, { from: 'closing', to: 'closed' })
  tell('close', conn, { code: 1006 })
  expect(witness.tell().violations).toEqual([])
  tell('close', conn, { code: 1006 })
  tell('transition', conn, { from: 'active', to: 'closing' })
  tell('transition', { id: 'two' }, { from: 'connecting', to: 'active' })
  expect(witness.tell().violations).toEqual([
    'one: a second close event',
    'one: active → closing after its end',
    'two: connecting → active in connecting',
  ])
})
