import { expect, test } from "vitest";
import { createNtfyTarget } from "../../../src/sessions/notifications/ntfy-target.ts";
import { toNotification } from "../../../src/sessions/notifications/notification.ts";
import { PushSettingsError, parsePushSettings } from "../../../src/sessions/notifications/push-settings.ts";
import { isQuiet, parseQuietHours } from "../../../src/sessions/notifications/quiet-hours.ts";

test("[PUSH-1] the targets of the settings are read with their defaults", () => {
  expect(parsePushSettings(undefined)).toEqual([]);
  expect(
    parsePushSettings([
      { kind: "ntfy", address: "https://ntfy.sh/topic" },
      {
        kind: "webhook",
        address: "http://127.0.0.1:9/hook",
        events: ["failed", "failed"],
        quiet_hours: "22:00-07:05",
        include_text: true,
        secret: "s",
      },
    ]),
  ).toEqual([
    {
      kind: "ntfy",
      address: "https://ntfy.sh/topic",
      events: ["needs_input", "turn_complete", "failed"],
      includeText: false,
    },
    {
      kind: "webhook",
      address: "http://127.0.0.1:9/hook",
      events: ["failed"],
      quietHours: { from: 1_320, to: 425 },
      includeText: true,
      secret: "s",
    },
  ]);
});

test("[PUSH-1] a bad value is named, and is in no error", () => {
  const valid = { kind: "webhook", address: "https://example.org/secret" };
  const bad: [unknown, string][] = [
    [{}, "remote.push"],
    [["secret"], "remote.push[0]"],
    [[valid, { ...valid, kind: "mail" }], "remote.push[1].kind"],
    [[{ ...valid, address: "secret" }], "remote.push[0].address"],
    [[{ ...valid, address: "file:///secret" }], "remote.push[0].address"],
    [[{ ...valid, address: "https://anna:secret@example.org" }], "remote.push[0].address"],
    [[{ kind: "ntfy", address: "https://ntfy.sh/" }], "remote.push[0].address"],
    [[{ ...valid, events: [] }], "remote.push[0].events"],
    [[{ ...valid, events: ["secret"] }], "remote.push[0].events"],
    [[{ ...valid, quiet_hours: "secret" }], "remote.push[0].quiet_hours"],
    [[{ ...valid, include_text: "secret" }], "remote.push[0].include_text"],
    [[{ ...valid, secret: "secret\r\nx: y" }], "remote.push[0].secret"],
    [[{ ...valid, token: "secret" }], "remote.push[0].token"],
    [[{ kind: "ntfy", address: "https://ntfy.sh/x", secret: "secret" }], "remote.push[0].secret"],
    [[{ ...valid, url: "secret" }], "remote.push[0].url"],
  ];
  for (const [value, setting] of bad) {
    let error: unknown;
    try {
      parsePushSettings(value);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(PushSettingsError);
    expect((error as PushSettingsError).setting).toBe(setting);
    expect((error as PushSettingsError).problem).not.toMatch(/secret(?![ ,]| or)/);
  }
});

test("[PUSH-5] quiet hours go over midnight, begin with their first minute and end before their last", () => {
  for (const text of ["", "22:00", "24:00-07:00", "22:60-07:00", "22:00-22:00", "2:00-7:00", "22:00 - 07:00"]) {
    expect(parseQuietHours(text)).toBeUndefined();
  }
  const quiet = (text: string, hours: number, minutes: number, timeZone = "UTC") => {
    const parsed = parseQuietHours(text);
    return parsed !== undefined && isQuiet(parsed, Date.UTC(2026, 6, 1, hours, minutes, 59), timeZone);
  };
  expect([quiet("22:00-07:00", 21, 59), quiet("22:00-07:00", 22, 0), quiet("22:00-07:00", 0, 0)]).toEqual([
    false,
    true,
    true,
  ]);
  expect([quiet("22:00-07:00", 6, 59), quiet("22:00-07:00", 7, 0)]).toEqual([true, false]);
  expect([quiet("12:30-13:00", 12, 29), quiet("12:30-13:00", 12, 30), quiet("12:30-13:00", 13, 0)]).toEqual([
    false,
    true,
    false,
  ]);
  // Two hours ahead of UTC in summer.
  expect([quiet("00:00-06:00", 21, 59, "Europe/Berlin"), quiet("00:00-06:00", 22, 0, "Europe/Berlin")]).toEqual([
    false,
    true,
  ]);
});

test("[PUSH-2] a session's name cannot leave its line, and is cut", async () => {
  const occurrence = { eventId: "e", event: "failed", sessionId: "s", at: 0, text: "x" } as const;
  const name = `Café\r\nx-evil: 1 \ud800${"a".repeat(200)}`;
  const notification = toNotification(occurrence, { name, agent: "claude", url: "https://x.org" }, false);
  expect(Array.from(notification.title)).toHaveLength(100);
  expect(notification.title).not.toMatch(/[\r\n]/);
  const [settings] = parsePushSettings([{ kind: "ntfy", address: "https://ntfy.sh/topic" }]);
  if (settings === undefined) throw new Error("one target");
  const { headers } = await createNtfyTarget(settings, "ntfy 1").toRequest(notification);
  const title = headers["x-title"] ?? "";
  expect(title).toMatch(/^=\?UTF-8\?B\?[A-Za-z0-9+/]+=*\?=$/);
  expect(Buffer.from(title.slice(10, -2), "base64").toString()).toBe(notification.title);
  expect(() => new Headers(headers)).not.toThrow();
});
