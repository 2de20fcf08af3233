/** Peers in JavaScript: those of bench/package.json, in its Node (jax-js needs one newer than lanac does). */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { folder, inNode } from './child.js'
import type { Contestant } from './contestant.js'

export const peerNode = join(folder, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node')

/** The version of the peers' Node, null if it is not there. */
export const peerVersion: string | null = existsSync(peerNode)
  ? spawnSync(peerNode, ['--version'], { encoding: 'utf8' }).stdout.trim() || null
  : null

const installed = (name: string): boolean => peerVersion !== null && existsSync(join(folder, 'node_modules', name))
const jax = installed('@jax-js/jax')
const tfjs = installed('@tensorflow/tfjs') && installed('@tensorflow/tfjs-backend-wasm')

const part = (name: string, ...args: readonly string[]) => inNode(peerNode, `peers/${name}`, args)

export const JAX_JS = 'jax-js (wasm)'
export const TFJS_WASM = 'tfjs (wasm)'

const JAX: readonly Contestant[] = [
  { name: JAX_JS, threads: 1, parts: { small: part('jax'), training: part('jax-training') } },
]

const TFJS: readonly Contestant[] = [
  { name: 'tfjs (cpu)', threads: 1, parts: { small: part('tfjs', 'cpu') } },
  { name: TFJS_WASM, threads: 1, parts: { small: part('tfjs', 'wasm'), training: part('tfjs-training') } },
]

/** Those that are there. */
export const inJavaScript: readonly Contestant[] = [...(jax ? JAX : []), ...(tfjs ? TFJS : [])]

/** Their programs. */
export const peerPrograms: readonly string[] = [
  ...(jax ? ['peers/jax', 'peers/jax-training'] : []),
  ...(tfjs ? ['peers/tfjs', 'peers/tfjs-training'] : []),
]

/** What is not there, in words. */
export const missing: readonly string[] = [
  ...(jax ? [] : ['jax-js is not installed']),
  ...(tfjs ? [] : ['TensorFlow.js is not installed']),
]
