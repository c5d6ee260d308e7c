import { expect, it } from 'vitest'
import { behaviours, describeTransport, memoryHost, type SuiteReport, type Supports } from '../src/index.js'

interface Collected {
  readonly report: SuiteReport
  readonly tests: string[]
  readonly groups: string[]
}

function collect(supports: Partial<Supports>, name?: string): Collected {
  const tests: Collected['tests'] = []
  const groups: string[] = []
  const group = (title: string, body: () => void): void => {
    groups.push(title)
    body()
  }
  const one = (title: string): void => {
    tests.push(title)
  }
  const named = name === undefined ? {} : { name }
  return {
    report: describeTransport({ ...named, factory: memoryHost, supports, describe: group, it: one }),
    tests,
    groups,
  }
}

it('registers every behaviour, in its chapter', () => {
  const { report, tests, groups } = collect({})
  expect(report.skipped).toEqual([])
  expect(report.run).toEqual(behaviours)
  expect(tests).toEqual(behaviours.map(({ name }) => name))
  expect(groups).toEqual(['transport', ...new Set(behaviours.map(({ chapter }) => chapter))])
  expect(collect({}, 'mine').groups[0]).toBe('mine')
})

it('does not register what the transport cannot do, and says what that is', () => {
  const { report, tests } = collect({ pause: false, closeAnswer: false })
  const needy = behaviours.filter(({ needs }) => needs.includes('pause') || needs.includes('closeAnswer'))
  expect(needy.length).toBeGreaterThan(0)
  expect(report.skipped.map(({ name }) => name)).toEqual(needy.map(({ name }) => name))
  for (const { needs } of report.skipped) {
    expect(needs.length).toBeGreaterThan(0)
    for (const need of needs) expect(['pause', 'closeAnswer']).toContain(need)
  }
  expect(tests.length).toBe(behaviours.length - needy.length)
})

it('has a name of its own for every behaviour of a chapter', () => {
  const names = behaviours.map(({ chapter, name }) => `${chapter}: ${name}`)
  expect(new Set(names).size).toBe(names.length)
})

it('says so where there is no test runner', () => {
  expect(() => describeTransport({ factory: memoryHost })).toThrow(
    "no global describe(): give the test runner's as an option",
  )
})
