// A version's page: its parts work without this; here they get keys, folds, charts and news.

import { showCharts } from "./charts.js";
import { listenForCommentLinks } from "./comment_form.js";
import { listenForFolds } from "./folds.js";
import { listenForKeys } from "./keys.js";
import { watchForNews } from "./news.js";

listenForFolds();
listenForCommentLinks();
listenForKeys();
watchForNews();
showCharts();
