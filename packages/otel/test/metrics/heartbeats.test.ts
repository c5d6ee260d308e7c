import { expect, it } from 'vitest'
import { Scene } from './scene.js'

it('pings are counted, those that nobody has answered, and round trips are told', async () => {
  const scene = new Scene()
  const { served } = await scene.measured(scene.app({ heartbeat: { interval: 1_000, misses: 2 } }))
  const peer = await served.connect()
  await scene.pass(2_500)
  const answered = await scene.read()
  expect(answered.number('heartbeat.pings')).toBe(peer.pings)
  expect(peer.pings).toBeGreaterThan(0)
  expect(answered.number('heartbeat.misses')).toBe(0)
  expect(answered.number('heartbeat.rtt')).toBe(peer.pings)
  const [pings, trips] = [peer.pings, answered.number('heartbeat.rtt')]
  peer.answersPings = false
  await scene.pass(5_000)
  const reading = await scene.read()
  expect(await peer.closed).toMatchObject({ code: undefined })
  // Two went out before it was given up.
  expect(reading.number('heartbeat.pings')).toBe(pings + 2)
  expect(reading.number('heartbeat.misses')).toBe(2)
  expect(reading.number('heartbeat.rtt')).toBe(trips)
  expect(reading.table('closes')).toEqual({ '4102 server': 1 })
})

it('a round trip takes as long as its pong', async () => {
  const scene = new Scene()
  const { served } = await scene.measured(scene.app({ heartbeat: { interval: 1_000, misses: 3 } }))
  const peer = await served.connect()
  peer.answersPings = false
  for (let waited = 0; peer.pings === 0 && waited < 5_000; waited += 1) await scene.pass(1)
  await scene.pass(40)
  peer.pong()
  await scene.pass()
  expect((await scene.read()).sum('heartbeat.rtt')).toBeCloseTo(0.04)
})
