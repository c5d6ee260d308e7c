import { expect, it } from 'vitest'
import { Served } from '../src/attachment.js'
import { Bench } from './fake.js'

it('takes its route off once, and drains what only it has served', async () => {
  const [one, both] = [Bench.open().app, Bench.open().app]
  const taken: string[] = []
  const first = new Served(() => taken.push('first'))
  const second = new Served(() => taken.push('second'))
  for (const app of [one, both, both]) first.serves(app)
  second.serves(both)
  await first[Symbol.asyncDispose]()
  first.detach()
  expect([taken, one.draining, both.draining]).toEqual([['first'], true, false])
  await second[Symbol.asyncDispose]()
  expect([taken, both.draining]).toEqual([['first', 'second'], true])
})

it('that is taken off counts for nothing it is reached with later', async () => {
  const { app } = Bench.open()
  const [first, second] = [new Served(() => {}), new Served(() => {})]
  first.detach()
  first.serves(app)
  second.serves(app)
  await second[Symbol.asyncDispose]()
  expect(app.draining).toBe(true)
})
