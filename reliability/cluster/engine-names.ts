export const engineNames = ['redis', 'nats', 'rabbitmq', 'kafka'] as const
export type EngineName = (typeof engineNames)[number]

export function isEngine(name: string): name is EngineName {
  return engineNames.some((one) => one === name)
}
