// Every check that every page must pass. A new one is a file in `checks/` with `name` and `problems(site, path)`,
// a line here, and a bad page in `checks.test.mjs`.

import * as accessibility from "./checks/accessibility.mjs";
import * as contentPolicy from "./checks/content_policy.mjs";
import * as keyboard from "./checks/keyboard.mjs";
import * as narrow from "./checks/narrow.mjs";
import * as sameOrigin from "./checks/same_origin.mjs";
import * as withoutScripts from "./checks/without_scripts.mjs";

export const CHECKS = [accessibility, contentPolicy, keyboard, narrow, sameOrigin, withoutScripts];
