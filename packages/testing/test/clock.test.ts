import { expect, it } from 'vitest'
import { VirtualClock } from '../src/index.js'

it('stands still until it is told to go on', async () => {
  const clock = new VirtualClock()
  const before = [clock.now(), clock.monotonic()]
  await new Promise(setImmediate)
  expect([clock.now(), clock.monotonic()]).toEqual(before)
  await clock.advance(1_500)
  expect(clock.now()).toBe((before[0] as number) + 1_500)
  expect(clock.monotonic()).toBe(1_500)
})

it('fires timers by their instants, and those of one instant in the order of their making', async () => {
  const clock = new VirtualClock()
  const fired: string[] = []
  const at = (name: string, delay: number): unknown =>
    clock.setTimeout(() => fired.push(`${name} ${clock.monotonic()}`), delay)
  at('late', 20)
  at('first', 10)
  at('second', 10)
  at('negative', -5)
  await clock.advance(10)
  expect(fired).toEqual(['negative 0', 'first 10', 'second 10'])
  expect(clock.pending).toBe(1)
  await clock.advance(10)
  expect(fired.at(-1)).toBe('late 20')
  expect(clock.pending).toBe(0)
})

it('forgets a timer that is cleared, and ignores a handle that has fired', async () => {
  const clock = new VirtualClock()
  const fired: number[] = []
  const one = clock.setTimeout(() => fired.push(1), 1)
  const two = clock.setTimeout(() => fired.push(2), 2)
  clock.clearTimeout(one)
  await clock.advance(5)
  clock.clearTimeout(two)
  clock.clearTimeout(undefined)
  expect(fired).toEqual([2])
})

it('fires timers that timers set within the same stretch of time', async () => {
  const clock = new VirtualClock()
  const fired: number[] = []
  const again = (): void => {
    fired.push(clock.monotonic())
    clock.setTimeout(again, 10)
  }
  clock.setTimeout(again, 10)
  await clock.advance(35)
  expect(fired).toEqual([10, 20, 30])
})

it('lets promises go on between two timers', async () => {
  const clock = new VirtualClock()
  const order: string[] = []
  clock.setTimeout(() => void Promise.resolve().then(() => order.push('promise of the first')), 1)
  clock.setTimeout(() => order.push('second'), 2)
  await clock.advance(2)
  expect(order).toEqual(['promise of the first', 'second'])
})
