/**
 * What a second thread is worth: training steps by two threads beside one, in turns, in a process of its own; and what two
 * lose where every processor is busy with something else, which is given half of it.
 */
import { spawn } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { item, jit, valueAndGrad } from 'lanac'
import { applyUpdates, sgd } from 'lanac/optim'
import { median, type Pair } from './measure.js'
import { type Labels, loss, type Matrix, type Params, valuesOf } from './model.js'
import { LEARNING_RATE, NETWORKS, type Network } from './networks.js'

// ------------------------------------------------------------------------------------------------------------- training

const optimizer = sgd({ learningRate: LEARNING_RATE })

/** Runs so many steps; gives the milliseconds of one. */
const training = (network: Network, threads: number): ((steps: number) => number) => {
  const { params: start, x, labels } = valuesOf(network)
  const state = optimizer.init(start)
  let params = start
  const step = jit(
    (p: Params, inputs: Matrix, classes: Labels) => {
      const [value, gradients] = valueAndGrad(loss)(p, inputs, classes)
      const [updates] = optimizer.update(gradients, state, p)
      return [value, applyUpdates(p, updates)] as const
    },
    { threads },
  )
  return (steps) => {
    const from = performance.now()
    for (let i = 0; i < steps; i++) {
      const [value, next] = step(params, x, labels)
      params = next
      item(value)
    }
    return (performance.now() - from) / steps
  }
}

// -------------------------------------------------------------------------------------------------------------- running

/** How often one and two threads take turns, and the milliseconds of a turn. */
const TURNS = 21
const TURN = 50

/** The median of each, and the two in the ratio of turns beside each other: what disturbs the machine disturbs both. */
const beside = (network: Network): Pair => {
  const [one, two] = [1, 2].map((threads) => training(network, threads)) as [
    (steps: number) => number,
    (steps: number) => number,
  ]
  const steps = Math.max(1, Math.round(TURN / Math.min(one(20), two(20))))
  const turns = Array.from({ length: TURNS }, () => [one(steps), two(steps)] as const)
  const peer = median(turns.map(([a]) => a))
  const ratio = median(turns.map(([a, b]) => b / a))
  return { name: `${network.name}, two threads beside one`, ours: ratio * peer, peer, unit: 'ms' }
}

/** Keeps every processor busy, until it is told to stop. */
const keepBusy = (): (() => void) => {
  const others = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ['-e', 'for (;;);']))
  // until they have started
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500)
  return () => {
    for (const o of others) o.kill()
  }
}

/** Of a step: how long it took, and how much of it all threads ran; what they lose beyond that is what others were given. */
const disturbed = (network: Network): readonly Pair[] => {
  const two = training(network, 2)
  const steps = Math.max(1, Math.round(TURN / two(20)))
  const turn = (): readonly [wall: number, run: number] => {
    const before = process.cpuUsage()
    const wall = two(steps)
    const { user, system } = process.cpuUsage(before)
    return [wall, (user + system) / 1000 / steps]
  }
  const figures = (): readonly number[] => {
    const turns = Array.from({ length: TURNS }, turn)
    return [median(turns.map(([wall]) => wall)), median(turns.map(([, run]) => run))]
  }
  const quiet = figures()
  const stop = keepBusy()
  const busy = figures()
  stop()
  const where = `${network.name}, two threads where every core is busy, and where none is`
  return [where, `${where}: processor time`].map((name, i) => ({
    name,
    ours: busy[i] as number,
    peer: quiet[i] as number,
    unit: 'ms',
  }))
}

const large = NETWORKS.slice(-2)
console.log(JSON.stringify([...large.map(beside), ...large.flatMap(disturbed)]))
