/** The test runner's global function of this name. */
export function globalOf<Value>(name: string): Value {
  const value = (globalThis as Record<string, unknown>)[name]
  if (typeof value === 'function') return value as Value
  throw new Error(`no global ${name}(): give the test runner's as an option, { ${name} }`)
}
