// What docs/reliability.md says besides figures.

/** What the rows of the hostile suite are about. */
export const ROWS: Readonly<Record<number, string>> = {
  1: 'the client leaves inside the handshake',
  2: 'thousands of headers, a very long URL, pathological lists',
  3: 'requests that are no proper upgrade',
  4: 'origins that look alike',
  5: 'tokens that are forged, expired or misplaced',
  6: 'middleware that never settles',
  7: 'a flood of upgrade requests',
  8: "upgrades that are somebody else's, or nobody's",
  9: 'frames in the same packet as the request',
  10: 'identifiers that the client chose',
  11: 'authentication of the framework, on the upgrade',
  12: 'forged forwarding headers',
  13: 'frames and messages that the protocol forbids',
  14: 'endless fragments, and frames that trickle in',
  15: 'a compressed message that is far bigger inflated',
  16: 'pings without end, and nobody who reads the pongs',
  17: 'messages without end',
  18: 'handlers that throw',
  19: 'close codes and reasons that cannot be sent',
  20: 'hostile JSON, and envelopes that want to reach what they must not',
  21: 'frames after closing began',
  22: 'refusals after something was taken',
  23: 'half-open peers',
  24: 'peers that never answer a close frame',
  25: 'slow consumers',
  30: 'pairs of events that race, in every state',
  38: 'what crashes or corrupts in uWebSockets.js itself',
}

/** What the figures say nothing about. */
export const NOT_COVERED = `## What is not covered

- **Networks.** Everything ran on the loopback of one machine. Loss, reordering, real latency, path MTU and NAT timeouts
  were not there; resets, half-open sockets and slow readers were made by the clients.
- **Durations.** Minutes, not weeks. What grows by less than the bounds above would not have been seen.
- **Machines.** One processor architecture, one operating system; the suites also run on Node.js 22 and 24.
- **TLS and compression.** Both have their behaviours in the suite; the storms, the leak test and the soak ran without.
- **Throws that are not ours to catch.** What a bare timer, a floating promise of the handler's own or a listener of
  \`conn.signal\` throws goes to the process, and Node.js ends it: a test pins that. Nothing here installs an
  \`uncaughtException\` handler.
- **A handler that blocks the event loop** blocks every connection of its process.
- **Running out.** Memory, file descriptors and disk were not exhausted on purpose.
- **The fuzzing suites of others.** The Autobahn suite was not run.

What is defended, and what is left to you: [SECURITY.md](../SECURITY.md).`

/** How to come to figures of one's own. */
export const AGAIN = `## Do it again

\`\`\`sh
pnpm test                                   # the suites, and the programs of the examples
pnpm test:services                          # brokers and stores
pnpm test:reliability                       # the processes, and the smaller storms, floods, leak and tenant tests
pnpm simulate --seeds 10000
pnpm chaos --connections 2000 --seed 1 --transport all
pnpm chaos:cluster --engine all --seconds 30 --seed 3
pnpm leak --connections 100000 --transport ws,uws
pnpm soak --minutes 3 --transport ws,uws
pnpm --dir reliability tenants
pnpm mutate                                 # installs Stryker first; about 20 minutes on two idle cores
\`\`\`

With \`--json docs/data/reliability/NAME.json\` each of the last seven writes its figures down, and \`pnpm reliability:docs\`
makes this page of them.`
