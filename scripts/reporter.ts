import type { Reporter, SerializedError, TestCase, TestModule, TestRunEndReason } from 'vitest/node'

/**
 * Closes a test run in plain words: what was skipped and why, then `N passed, N failed` alone on the last line.
 * With `requireAll` a skipped test is a failure.
 *
 * A test says why it is skipped with `context.skip(condition, 'reason')`, also from a `beforeEach`.
 */
export class PlainSummary implements Reporter {
  readonly #requireAll: boolean

  constructor(options: { requireAll: boolean }) {
    this.#requireAll = options.requireAll
  }

  onTestRunEnd(
    modules: readonly TestModule[],
    unhandled: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const inState = (state: string) => tests.filter((test) => test.result().state === state)
    const passed = inState('passed').length
    const skipped = inState('skipped')

    let failed = inState('failed').length + countBrokenSuites(modules) + unhandled.length
    if (this.#requireAll) failed += skipped.length
    if (failed === 0 && (reason !== 'passed' || passed === 0)) failed = 1
    if (failed > 0) process.exitCode = 1

    const closing = [...describeSkips(skipped, this.#requireAll), `${passed} passed, ${failed} failed`]
    process.stdout.write(`${closing.join('\n')}\n`)
  }
}

/** Files that could not be loaded and suites whose hooks threw: failures that no single test carries. */
function countBrokenSuites(modules: readonly TestModule[]): number {
  return modules
    .flatMap((module) => [module, ...module.children.allSuites()])
    .filter((suite) => suite.errors().length > 0).length
}

function describeSkips(skipped: readonly TestCase[], requireAll: boolean): string[] {
  if (skipped.length === 0) return ['Nothing was skipped.']
  const counts = new Map<string, number>()
  for (const test of skipped) {
    const reason = reasonOf(test)
    counts.set(reason, (counts.get(reason) ?? 0) + 1)
  }
  const verdict = requireAll ? ', each a failure because LINKSPAN_REQUIRE_ALL=1' : ''
  return [`Skipped (${skipped.length}${verdict}):`, ...[...counts].map(([reason, n]) => `  ${n} × ${reason}`)]
}

function reasonOf(test: TestCase): string {
  const result = test.result()
  if (result.state === 'skipped' && result.note) return result.note
  const what = test.options.mode === 'todo' ? 'not written yet' : 'no reason given'
  return `${what}: ${test.module.relativeModuleId} > ${test.fullName}`
}
