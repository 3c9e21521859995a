import { afterAll, beforeAll, describe } from "vitest";
import type { StoreHarness, StoreUnderTest } from "../support/store-harness.ts";
import { testDelivery } from "./store-delivery.ts";
import { testJournals } from "./store-journals.ts";
import { testMemory } from "./store-memory.ts";
import { testMeshes } from "./store-meshes.ts";
import { testPurge } from "./store-purge.ts";
import { testRemoteDevices } from "./store-remote-devices.ts";
import { testRemotePrompts } from "./store-remote-prompts.ts";
import { testRemotePurge } from "./store-remote-purge.ts";
import { testRemoteQueues } from "./store-remote-queues.ts";
import { testRemoteSessions } from "./store-remote-sessions.ts";
import { testState } from "./store-state.ts";

/** What the sections of the suite work on. Tests share `shared` and make meshes of their own in it. */
export interface ConformanceContext {
  readonly harness: StoreHarness;
  readonly shared: StoreUnderTest;
}

/** The one suite every store passes ([DB-6]). */
export function storeConformance(name: string, createHarness: () => Promise<StoreHarness>): void {
  describe(`${name}`, () => {
    let harness: StoreHarness;
    let shared: StoreUnderTest;
    const context: ConformanceContext = {
      get harness() {
        return harness;
      },
      get shared() {
        return shared;
      },
    };
    beforeAll(async () => {
      harness = await createHarness();
      shared = await harness.create();
    });
    afterAll(async () => {
      await shared.dispose();
      await harness.stop();
    });

    describe("delivery", () => {
      testDelivery(context);
    });
    describe("meshes, members, invites and tokens", () => {
      testMeshes(context);
    });
    describe("state", () => {
      testState(context);
    });
    describe("memory", () => {
      testMemory(context);
    });
    describe("audit, events and message log", () => {
      testJournals(context);
    });
    describe("purge", () => {
      testPurge(context);
    });
    describe("devices of the remote", () => {
      testRemoteDevices(context);
    });
    describe("client sessions and their queues", () => {
      testRemoteQueues(context);
    });
    describe("prompts and leases", () => {
      testRemotePrompts(context);
    });
    describe("sessions of the remote, permissions and processes", () => {
      testRemoteSessions(context);
    });
    describe("purge of the remote", () => {
      testRemotePurge(context);
    });
  });
}
