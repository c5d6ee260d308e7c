// The manifest of docs/deployment.md: what Kubernetes itself makes of it, and whether its times fit together.

import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { beforeEach, expect, it } from 'vitest'

const page = readFileSync(fileURLToPath(new URL('../docs/deployment.md', import.meta.url)), 'utf8')
const [, manifest = ''] = /```yaml\n(apiVersion: apps\/v1\n[\s\S]*?)```/.exec(page) ?? []
const missing =
  spawnSync('kubectl', ['version', '--client']).status === 0
    ? undefined
    : 'kubectl is not installed, and the manifest is not checked'

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: number }
  readonly periodSeconds: number
  readonly timeoutSeconds: number
  readonly failureThreshold: number
}

interface Deployment {
  readonly kind: string
  readonly spec: {
    readonly selector: { readonly matchLabels: Readonly<Record<string, string>> }
    readonly template: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> }
      readonly spec: {
        readonly terminationGracePeriodSeconds: number
        readonly containers: readonly {
          readonly command: readonly string[]
          readonly ports: readonly { readonly containerPort: number }[]
          readonly lifecycle: { readonly preStop: { readonly exec: { readonly command: readonly string[] } } }
          readonly readinessProbe: Probe
          readonly livenessProbe: Probe
        }[]
      }
    }
  }
}

/** What is left of a manifest when Kubernetes' own types have read it: a field that they do not know is gone. */
function asRead(yaml: string): Deployment {
  const { status, stdout, stderr } = spawnSync(
    'kubectl',
    ['label', '--local', '--dry-run=client', '-f', '-', '-o', 'json', 'checked=yes'],
    { input: yaml, encoding: 'utf8' },
  )
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Deployment
}

/** Every key of a JSON text or of YAML, in the order of the alphabet. */
function keysOf(text: string): readonly string[] {
  return [...text.matchAll(/(?:^|[\s{,-])"?([A-Za-z]\w*)"?:(?=\s|$)/gm)].map(([, key = '']) => key).sort()
}

beforeEach((context) => {
  if (missing === undefined) return
  if (process.env['LINKSPAN_REQUIRE_ALL'] === '1') throw new Error(missing)
  context.skip(missing)
})

it('is one that Kubernetes understands, every field of it', () => {
  const read = asRead(manifest)
  expect(read.kind).toBe('Deployment')
  // The label is ours.
  const ours = keysOf(JSON.stringify(read, null, 1))
  expect(ours.filter((key) => key !== 'checked')).toEqual(
    [...keysOf(manifest.replaceAll(/#.*$/gm, '')), 'labels'].sort(),
  )
})

it('a field that Kubernetes does not know shows', () => {
  const read = asRead(manifest.replace('timeoutSeconds: 3', 'timeoutSecs: 3'))
  expect(keysOf(JSON.stringify(read, null, 1)).filter((key) => key === 'timeoutSeconds')).toHaveLength(1)
})

it('selects its own pods, and gives them the time that a shutdown takes', () => {
  const { selector, template } = asRead(manifest).spec
  expect(template.metadata.labels).toMatchObject(selector.matchLabels)
  const { terminationGracePeriodSeconds, containers } = template.spec
  const [container] = containers
  if (container === undefined) throw new Error('there is no container')
  const [sleep, seconds] = container.lifecycle.preStop.exec.command
  expect(sleep).toBe('sleep')
  // `grace` of shutdown() is 30 s by default, and a process needs a moment beyond it to be gone.
  expect(terminationGracePeriodSeconds).toBeGreaterThanOrEqual(Number(seconds) + 30 + 5)
  // A shell or a package manager before it would keep the signal from it.
  expect(container.command[0]).toBe('node')
})

it('asks where the page serves, and with more patience than a check of health() has', () => {
  const [container] = asRead(manifest).spec.template.spec.containers
  if (container === undefined) throw new Error('there is no container')
  const port = container.ports[0]?.containerPort
  expect(page).toContain(`server.listen(${String(port)})`)
  for (const probe of [container.readinessProbe, container.livenessProbe]) {
    expect(probe.httpGet.port).toBe(port)
    expect(page).toContain(`req.url === '${probe.httpGet.path}'`)
    expect(probe.timeoutSeconds).toBeGreaterThan(1)
    expect(probe.periodSeconds).toBeGreaterThanOrEqual(probe.timeoutSeconds)
  }
  // Balancers have noticed by the time that preStop ends.
  const { readinessProbe } = container
  const [, seconds] = container.lifecycle.preStop.exec.command
  expect(readinessProbe.periodSeconds * readinessProbe.failureThreshold).toBeLessThanOrEqual(Number(seconds))
})
