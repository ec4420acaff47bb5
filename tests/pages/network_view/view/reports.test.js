import assert from "node:assert/strict";
import { test } from "node:test";

import { Reports } from "../../../../pages/network_view/view/reports.js";

function connected() {
  const reports = new Reports(), sent = [];
  reports.connect((pending) => sent.push(pending.map(({ value }) => value)), 0);
  return { reports, sent, answer: (serial = reports.serial) => reports.connect(reports.send, serial) };
}

test("a report is sent again with the next one, until it is answered", () => {
  const { reports, sent, answer } = connected();
  reports.tell("unit", 3);
  reports.tell("unit", null);
  answer();
  reports.tell("unit", 1);
  assert.deepEqual(sent, [[3], [3, null], [1]]);
});

test("of values under the hand only the latest waits, and goes when the one before is answered", () => {
  const { reports, sent, answer } = connected();
  for (const value of ["w1.1.1:1", "w1.1.1:2", "w1.1.1:3"]) reports.tellValue(value);
  assert.deepEqual(sent, [["w1.1.1:1"]]);
  assert.deepEqual(reports.unanswered(), ["w1.1.1:1", "w1.1.1:3"]);
  answer();
  assert.deepEqual(sent, [["w1.1.1:1"], ["w1.1.1:3"]]);
  answer();
  assert.deepEqual(reports.unanswered(), []);
});
