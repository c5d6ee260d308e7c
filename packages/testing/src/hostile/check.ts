import assert from 'node:assert/strict'
import type { CloseInfo } from '@linkspan/core'
import { endOf } from '../conformance/support.js'
import { within } from '../until.js'
import type { Answered, Outcome, Wire } from './case.js'
import { type Scene, WELL_BEHAVED } from './scene.js'
import { SECRET, text } from './steps.js'

/** Holds what came of a case against what had to. */
export async function check(scene: Scene, outcome: Outcome): Promise<void> {
  const { status, answered, wire, info, echoes, handled, notes, url } = outcome
  if (status !== undefined) await checkAnswer(scene, outcome)
  if (answered !== undefined) await checkAnswered(scene, outcome, [answered].flat())
  if (echoes !== undefined) await checkEchoes(scene, echoes)
  if (wire !== undefined) await checkWire(scene, [wire].flat())
  if (info !== undefined) await checkEnd(scene, outcome, info)
  else if (echoes === undefined && answered === undefined) {
    assert.equal(scene.app.stats().totals.connections, 0, 'no connection came to be')
  }
  if (url !== undefined && scene.arrived) assert.equal(scene.conn.request.url, url)
  if (handled !== undefined) assert.deepEqual(scene.handled, handled)
  if (notes !== undefined) assert.deepEqual(scene.notes, notes)
  checkErrors(scene, outcome)
}

async function checkAnswer(
  { client, secrets }: Scene,
  { status, headers = {}, body }: Outcome,
): Promise<void> {
  const answer = await within(client.answer, 'the request is answered')
  assert.equal(answer?.status, status)
  for (const [name, expected] of Object.entries(headers)) {
    const value = answer?.headers[name] ?? ''
    if (typeof expected === 'string') assert.equal(value, expected, name)
    else assert.match(value, expected, name)
  }
  if (body !== undefined) assert.equal(answer?.body, body)
  // A cookie of the server's is there to hand over one.
  const whole = JSON.stringify([{ ...answer?.headers, 'set-cookie': '' }, answer?.body])
  for (const secret of secrets) assert.ok(!whole.includes(secret), 'a secret is in the answer')
  if (headers['content-type'] !== 'application/problem+json') return
  assert.equal((JSON.parse(answer?.body ?? '') as { status: unknown }).status, status)
  await within(client.over, 'a refusal ends the socket')
}

async function checkAnswered(scene: Scene, { info }: Outcome, allowed: readonly Answered[]): Promise<void> {
  const { client } = scene
  // Who gets nothing has got nothing when somebody else, who came later, has been served.
  if (allowed.includes('silence')) await passBy(scene)
  else await within(client.answer, 'the request is answered, or the socket ends')
  const { answered } = client
  assert.ok(allowed.includes(answered), `${answered}, and not ${allowed.join(' or ')}`)
  if (info !== undefined) return
  if (answered === 101) {
    client.write(text('and I am served'))
    return await checkEchoes(scene, ['and I am served'])
  }
  if (answered !== 'silence') await within(client.over, 'a refusal ends the socket')
  assert.ok(!scene.arrived, 'no connection came to be')
}

/** What a framework's own authentication takes. */
export const WELCOME = { authorization: 'Bearer let-me-in' } as const

/** A well-behaved client comes, and goes. */
export async function passBy({ served, stage, app }: Scene): Promise<void> {
  const answer = await served.answer({ path: WELL_BEHAVED, headers: WELCOME })
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

async function checkEchoes(scene: Scene, echoes: readonly (string | Uint8Array)[]): Promise<void> {
  const { client } = scene
  await scene.until(() => client.messages.length >= echoes.length || client.gone, 'the messages come back')
  assert.deepEqual(client.messages, echoes)
  assert.equal(scene.conn.state, 'active')
  assert.equal(client.close, undefined)
}

async function checkWire({ client }: Scene, allowed: readonly Wire[]): Promise<void> {
  await within(client.over, 'the socket ends')
  const { close } = client
  const seen: Wire | 'malformed' =
    close === undefined ? 'cut' : typeof close === 'number' ? 'malformed' : (close.code ?? 'empty')
  assert.ok(
    seen !== 'malformed' && allowed.includes(seen),
    `${seen} on the wire, and not ${allowed.join(' or ')}`,
  )
}

async function checkEnd(
  scene: Scene,
  { mayBeUnheard }: Outcome,
  info: Partial<Omit<CloseInfo, 'duration'>>,
): Promise<void> {
  const { record } = scene
  if (mayBeUnheard) {
    await passBy(scene)
    if (!scene.arrived) return
  }
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

function checkErrors({ record }: Scene, { errors = [], errorsAmong = [] }: Outcome): void {
  const told = record.of('error').map(({ error }) => error.code)
  assert.deepEqual(told.slice(0, errors.length), errors)
  const others = told.slice(errors.length).filter((code) => !errorsAmong.includes(code))
  assert.deepEqual(others, [], 'further errors')
}

/** One line a connection that has ended, and no secret in any. */
export function checkLog({ book, app, secrets }: Scene): void {
  const { ends } = book
  assert.equal(ends.length, app.stats().totals.closed, 'one line a connection that has ended')
  for (const { fields } of ends) {
    for (const name of [
      'connection',
      'tenant',
      'via',
      'state',
      'code',
      'by',
      'clean',
      'wireCode',
      'duration',
    ])
      assert.ok(name in fields, name)
  }
  for (const secret of [SECRET, ...secrets]) assert.ok(!book.text.includes(secret), 'a secret is in the log')
}
