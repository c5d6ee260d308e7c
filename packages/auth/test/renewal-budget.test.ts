import { VirtualClock } from '@linkspan/testing'
import { expect, it } from 'vitest'
import { RenewalBudget } from '../src/renewal-budget.js'

const LIMITS = { attempts: 2, per: 1_000, failures: 2 }

it('allows so many attempts in a window, and as many in the next', async () => {
  const clock = new VirtualClock()
  const budget = new RenewalBudget(LIMITS, clock)
  expect([budget.attempt(), budget.attempt(), budget.attempt()]).toEqual([true, true, false])
  await clock.advance(999)
  expect(budget.attempt()).toBe(false)
  await clock.advance(1)
  expect([budget.attempt(), budget.attempt(), budget.attempt()]).toEqual([true, true, false])
})

it('allows so many failures in a row', () => {
  const budget = new RenewalBudget(LIMITS, new VirtualClock())
  expect(budget.failed()).toBe(true)
  budget.succeeded()
  expect([budget.failed(), budget.failed()]).toEqual([true, false])
})
