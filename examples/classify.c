/*===- classify.c - a task and raw tensors from C ---------------*- C -*-===*\
|*
|* Part of the Tenon project, under the Apache License v2.0.
|* SPDX-License-Identifier: Apache-2.0
|*
|*===----------------------------------------------------------------------===*|
|*
|* cc classify.c -ltenon -o classify
|* ./classify model.tenon "The food was great."
|*
|* Prints the answer of the model's task, then the shapes that its first entry
|* gives for a text of five tokens.
|*
\*===----------------------------------------------------------------------===*/

#include <tenon/tenon.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Prints what is wrong and ends the program, if anything is. */
static void check(tenon_status *status) {
  if (!status)
    return;
  fprintf(stderr, "classify: error: %s\n", tenon_status_message(status));
  if (*tenon_status_notes(status))
    fprintf(stderr, "%s\n", tenon_status_notes(status));
  int code = tenon_status_code(status);
  tenon_status_free(status);
  exit(code);
}

static int progress(void *user, const tenon_event *event) {
  if (event->kind == TENON_EVENT_PROGRESS)
    *(unsigned long *)user = (unsigned long)event->done;
  return 0; /* go on */
}

/* Writes `text` as a JSON string; enough for a shell's arguments. */
static void appendString(char *to, const char *text) {
  char *at = to + strlen(to);
  *at++ = '"';
  for (; *text; ++text) {
    if (*text == '"' || *text == '\\')
      *at++ = '\\';
    *at++ = *text;
  }
  *at++ = '"';
  *at = '\0';
}

static void runTask(tenon_session *session, const char *text) {
  char *request = malloc(2 * strlen(text) + 64);
  strcpy(request, "{\"inputs\": ");
  appendString(request, text);
  strcat(request, "}");
  unsigned long done = 0;
  tenon_response *response;
  check(tenon_session_run_task(session, request, strlen(request), NULL, 0,
                               progress, &done, &response));
  printf("%s\n", tenon_response_json(response));
  fprintf(stderr, "%lu texts\n", done);
  tenon_response_free(response);
  free(request);
}

static void runTensors(tenon_model *model, tenon_session *session) {
  int64_t ids[5] = {0, 1, 2, 3, 4}, shape[2] = {1, 5};
  tenon_tensor input = {sizeof(input), "input_ids", ids,  {1, 0}, 2,
                        {0, 64, 1},    shape,       NULL, 0};
  size_t count = tenon_model_output_count(model, 0);
  tenon_tensor *outputs = calloc(count, sizeof(*outputs));
  for (size_t i = 0; i < count; ++i) {
    tenon_port port;
    port.size = sizeof(port);
    check(tenon_model_output(model, 0, i, &port));
    outputs[i].size = sizeof(outputs[i]);
    outputs[i].name = port.name;
  }
  check(tenon_session_run(session, tenon_model_entry_name(model, 0), &input, 1,
                          outputs, count));
  for (size_t i = 0; i < count; ++i) {
    printf("%s:", outputs[i].name);
    for (int32_t axis = 0; axis < outputs[i].ndim; ++axis)
      printf(" %lld", (long long)outputs[i].shape[axis]);
    printf("\n");
  }
  free(outputs);
}

int main(int argc, char **argv) {
  if (argc != 3) {
    fprintf(stderr, "usage: classify MODEL TEXT\n");
    return 2;
  }
  tenon_instance *instance;
  tenon_model *model;
  tenon_session *session;
  tenon_instance_options options = {sizeof(options), 2, 0, 0};
  check(tenon_instance_create(&options, &instance));
  check(tenon_model_open(instance, argv[1], NULL, &model));
  check(tenon_session_create(model, NULL, &session));
  runTask(session, argv[2]);
  runTensors(model, session);
  tenon_session_release(session);
  tenon_model_release(model);
  tenon_instance_release(instance);
  return 0;
}
