import assert from 'node:assert/strict'
import type { CloseInfo, Linkspan } from '@linkspan/core'
import type { Behaviour, Stage } from '../behaviour.js'
import { LogBook } from '../conformance/log-book.js'
import { endOf } from '../conformance/support.js'
import type { HostFactory, Supports, TestHost } from '../host.js'
import type { SocketTarget } from '../socket-attempt.js'
import { perform } from '../stage.js'
import { within } from '../until.js'
import type { HostileCase, Outcome, Wire } from './case.js'
import { RawClient } from './raw-client.js'
import { Scene, WELL_BEHAVED } from './scene.js'
import { SECRET } from './steps.js'

/** Runs one case on a server of its own; afterwards nothing of it may be left. */
export async function attack(hostile: HostileCase, factory: HostFactory, supports: Supports): Promise<void> {
  const clients: RawClient[] = []
  let target: SocketTarget | undefined
  const watched: HostFactory = async (app) => {
    const host = await factory(app)
    target = host.listensAt
    return { ...host, close: () => closed(host, clients) }
  }
  const dial = (): RawClient => {
    assert.ok(target !== undefined, 'the host does not say where it listens')
    const client = new RawClient(target)
    clients.push(client)
    return client
  }
  await perform(behaviourOf(hostile, dial), watched, supports)
}

async function closed(host: TestHost, clients: readonly RawClient[]): Promise<void> {
  for (const client of clients) client.reset()
  await host.close()
}

function behaviourOf(hostile: HostileCase, dial: () => RawClient): Behaviour {
  return {
    name: hostile.name,
    run: async (stage) => {
      const { expect } = hostile
      const outcome = typeof expect === 'function' ? expect(stage.supports) : expect
      const scene = await sceneOf(hostile, stage, dial)
      for (const step of hostile.send) {
        if (typeof step === 'function') await step(scene)
        else scene.client.write(step)
      }
      await check(scene, outcome)
      await afterwards(scene, hostile.afterwards ?? 'echo')
      checkLog(scene)
    },
  }
}

async function sceneOf(
  { app: setup = {} }: HostileCase,
  stage: Stage,
  dial: () => RawClient,
): Promise<Scene> {
  const book = new LogBook()
  const app = stage.app({ ...setup.options, logger: book })
  const scene = new Scene(stage, app, book)
  const middleware = setup.middleware?.(scene)
  const handler = setup.handler?.(scene)
  if (middleware !== undefined) {
    app.use((conn, next) => (conn.request.path === WELL_BEHAVED ? next() : middleware(conn, next)))
  }
  app.message((conn, message, next) => {
    if (conn.request.path !== WELL_BEHAVED) {
      scene.handled.push(message.kind === 'text' ? message.text() : Uint8Array.from(message.bytes()))
      if (handler !== undefined) return handler(conn, message, next)
    }
    conn.send(message)
  })
  scene.served = await stage.serve(app as unknown as Linkspan<unknown>)
  scene.dial = dial
  scene.client = dial()
  await within(scene.client.connected, 'the client is connected')
  return scene
}

async function check(scene: Scene, outcome: Outcome): Promise<void> {
  const { status, refusedOrCut, anyAnswer, wire, info, echoes, handled, notes, errors = [] } = outcome
  if (status !== undefined) await checkAnswer(scene, outcome)
  if (refusedOrCut) await checkRefusedOrCut(scene)
  // A parser of the server's own may wait, for longer than a test, for more of what it cannot read.
  if (anyAnswer && scene.stage.supports.malformedHttp) {
    await within(scene.client.answer, 'the request is answered, or the socket ends')
  }
  if (echoes !== undefined) await checkEchoes(scene, echoes)
  if (wire !== undefined) await checkWire(scene, wire)
  if (info !== undefined) await checkEnd(scene, info)
  else if (echoes === undefined && !anyAnswer) {
    assert.equal(scene.app.stats().totals.connections, 0, 'no connection came to be')
  }
  if (handled !== undefined) assert.deepEqual(scene.handled, handled)
  if (notes !== undefined) assert.deepEqual(scene.notes, notes)
  const told = scene.record.of('error').map(({ error }) => error.code)
  if (errors === 'any') scene.record.expectErrors()
  else assert.deepEqual(told, errors)
}

async function checkAnswer({ client }: Scene, { status, headers = {} }: Outcome): Promise<void> {
  const answer = await within(client.answer, 'the request is answered')
  assert.equal(answer?.status, status)
  for (const [name, expected] of Object.entries(headers)) {
    const value = answer?.headers[name] ?? ''
    if (typeof expected === 'string') assert.equal(value, expected, name)
    else assert.match(value, expected, name)
  }
  if (headers['content-type'] !== 'application/problem+json') return
  assert.equal((JSON.parse(answer?.body ?? '') as { status: unknown }).status, status)
  await within(client.over, 'a refusal ends the socket')
}

async function checkRefusedOrCut({ client }: Scene): Promise<void> {
  const answer = await within(client.answer, 'the request is answered, or the socket ends')
  if (answer !== undefined)
    assert.ok(answer.status >= 400 && answer.status <= 599, `${answer.status} is no refusal`)
}

async function checkEchoes(scene: Scene, echoes: readonly (string | Uint8Array)[]): Promise<void> {
  const { client } = scene
  await scene.until(() => client.messages.length >= echoes.length || client.gone, 'the messages come back')
  assert.deepEqual(client.messages, echoes)
  assert.equal(scene.conn.state, 'active')
  assert.equal(client.close, undefined)
}

async function checkWire({ client }: Scene, wire: Wire | readonly Wire[]): Promise<void> {
  await within(client.over, 'the socket ends')
  const { close } = client
  const seen: Wire | string =
    close === undefined ? 'cut' : typeof close === 'number' ? 'malformed' : (close.code ?? 'empty')
  if (Array.isArray(wire))
    assert.ok(wire.includes(seen), `${seen} on the wire, and not one of ${wire.join(', ')}`)
  else assert.equal(seen, wire)
}

async function checkEnd(scene: Scene, info: Partial<Omit<CloseInfo, 'duration'>>): Promise<void> {
  const { record } = scene
  await scene.until(() => scene.arrived, 'the request arrives')
  const { id } = scene.conn
  const closes = (): CloseInfo[] =>
    record.of('close').flatMap((entry) => (entry.id === id ? [entry.info] : []))
  await scene.until(() => closes().length > 0, 'the connection closes')
  const [end] = closes()
  assert.ok(end !== undefined)
  assert.deepEqual({ ...endOf(end), ...info }, endOf(end), `it ended otherwise: ${JSON.stringify(end)}`)
  assert.equal(closes().length, 1, 'one close event')
}

async function afterwards({ served, stage, app }: Scene, expected: 'echo' | number): Promise<void> {
  const answer = await served.answer({ path: WELL_BEHAVED })
  if (expected !== 'echo') return assert.equal(answer.upgraded ? 101 : answer.status, expected)
  assert.ok(answer.upgraded, 'a well-behaved client is refused afterwards')
  answer.peer.send('and now a good one')
  assert.equal(await answer.peer.next(), 'and now a good one')
  answer.peer.close(1000)
  await answer.peer.closed
  await stage.until(
    () => ![...app.connections].some((conn) => conn.request.path === WELL_BEHAVED),
    'the good one has closed',
  )
}

/** One line a connection that has ended, and no secret in any. */
function checkLog({ book, app }: Scene): void {
  const ends = book.lines.filter(({ message }) => message === 'linkspan: connection closed')
  assert.equal(ends.length, app.stats().totals.closed, 'one line a connection that has ended')
  for (const { fields } of ends) {
    for (const name of ['connection', 'tenant', 'state', 'code', 'wireCode']) assert.ok(name in fields, name)
  }
  assert.ok(!book.text.includes(SECRET), 'a secret is in the log')
}
