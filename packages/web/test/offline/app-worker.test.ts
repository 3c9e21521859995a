import { expect, test } from "vitest";
import { AppWorker } from "../../src/offline/app-worker.ts";

class FakeWorker extends EventTarget {
  state = "installing";
  readonly posted: unknown[] = [];

  postMessage(message: unknown): void {
    this.posted.push(message);
  }

  enter(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }
}

class FakeRegistration extends EventTarget {
  installing: FakeWorker | null = null;
  waiting: FakeWorker | null = null;
  looks = 0;

  update(): Promise<never> {
    this.looks += 1;
    return Promise.reject(new TypeError("the server is away"));
  }

  find(worker: FakeWorker): void {
    this.installing = worker;
    this.dispatchEvent(new Event("updatefound"));
  }
}

class FakeContainer extends EventTarget {
  controller: FakeWorker | null = null;
  readonly registration = new FakeRegistration();
  refuses = false;
  registered = 0;

  register(): Promise<FakeRegistration> {
    this.registered += 1;
    return this.refuses ? Promise.reject(new TypeError("no")) : Promise.resolve(this.registration);
  }

  takeOver(worker: FakeWorker): void {
    this.controller = worker;
    this.dispatchEvent(new Event("controllerchange"));
  }
}

function openPage(container = new FakeContainer(), { isSecure = true, has = true } = {}) {
  let reloads = 0;
  const worker = new AppWorker({
    container: has ? (container as unknown as ServiceWorkerContainer) : undefined,
    isSecure,
    reload: () => void (reloads += 1),
  });
  return { worker, container, registration: container.registration, reloads: () => reloads };
}

async function started(page: ReturnType<typeof openPage>): Promise<void> {
  page.worker.start();
  await expect.poll(() => page.worker.state.name).not.toBe("starting");
}

test("the first worker of a browser takes over silently, and only the next one is an update", async () => {
  const page = openPage();
  const first = new FakeWorker();
  page.registration.installing = first;
  await started(page);
  first.enter("installed");
  page.container.takeOver(first);
  expect(page.worker.state).toEqual({ name: "active" });
  const next = new FakeWorker();
  page.registration.find(next);
  expect(page.worker.state).toEqual({ name: "active" });
  next.enter("installed");
  expect(page.worker.state).toEqual({ name: "update" });
});

test("a newer build waits until it is asked for; then it takes over and the page is loaded anew, once", async () => {
  const page = openPage();
  page.container.controller = new FakeWorker();
  const waiting = (page.registration.waiting = new FakeWorker());
  await started(page);
  expect(page.worker.state).toEqual({ name: "update" });
  expect(waiting.posted).toEqual([]);
  page.worker.applyUpdate();
  expect(waiting.posted).toEqual([{ type: "skip_waiting" }]);
  expect(page.reloads()).toBe(0);
  page.container.takeOver(waiting);
  expect(page.reloads()).toBe(1);
});

test("a newer build that another tab let in is told of here, not forced upon what is being written", async () => {
  const page = openPage();
  page.container.controller = new FakeWorker();
  await started(page);
  page.container.takeOver(new FakeWorker());
  expect(page.worker.state).toEqual({ name: "update" });
  expect(page.reloads()).toBe(0);
  page.worker.applyUpdate();
  expect(page.reloads()).toBe(1);
});

test("where there can be no worker it is said why, and nothing else changes", async () => {
  const insecure = openPage(undefined, { isSecure: false });
  await started(insecure);
  expect(insecure.worker.state).toEqual({ name: "absent", why: "insecure" });
  expect(insecure.container.registered).toBe(0);
  const unsupported = openPage(undefined, { has: false });
  await started(unsupported);
  expect(unsupported.worker.state).toEqual({ name: "absent", why: "unsupported" });
  const refusing = new FakeContainer();
  refusing.refuses = true;
  const failed = openPage(refusing);
  await started(failed);
  expect(failed.worker.state).toEqual({ name: "absent", why: "failed" });
  expect(await failed.worker.registration()).toBeUndefined();
});

test("[PUSH-2] the page hears of places only, from its own worker; a server that is away is no error when one looks for a newer build", async () => {
  const page = openPage();
  await started(page);
  const places: string[] = [];
  const end = page.worker.onPlace((path) => void places.push(path));
  for (const data of [
    { type: "open", path: "/sessions/1" },
    { type: "open", path: "https://x" },
    { type: "open" },
    null,
    1,
  ]) {
    page.container.dispatchEvent(new MessageEvent("message", { data }));
  }
  end();
  page.container.dispatchEvent(new MessageEvent("message", { data: { type: "open", path: "/late" } }));
  expect(places).toEqual(["/sessions/1"]);
  page.worker.lookForUpdate();
  expect(page.registration.looks).toBe(1);
});
