/* Linked with what `tenon compile --emit so+h` made of a classifier: prints the
   most likely class of a few token ids, and its probability. */

#include "sentiment.h"

#include <math.h>
#include <stdio.h>

static int failed(tenon_status *status) {
  if (!status)
    return 0;
  fprintf(stderr, "%s\n", tenon_status_message(status));
  tenon_status_free(status);
  return 1;
}

int main(void) {
  const int64_t ids[] = {2, 44, 78, 5, 3}; /* "Yes." */
  tenon_instance *instance = 0;
  tenon_model *model = 0;
  tenon_session *session = 0;
  tenon_tensor logits;
  const float *values;
  double sum = 0;
  int i, best = 0;
  if (failed(tenon_instance_create(0, &instance)) ||
      failed(sentiment_open(instance, 0, &model)) ||
      failed(tenon_session_create(model, 0, &session)) ||
      failed(sentiment_forward(session, 1, 5, ids, 0, 0, 0, &logits)))
    return 1;
  values = (const float *)logits.data;
  for (i = 0; i < (int)logits.shape[1]; ++i) {
    sum += exp(values[i]);
    best = values[i] > values[best] ? i : best;
  }
  printf("%dx%d: class %d, %.4f\n", (int)logits.shape[0], (int)logits.shape[1],
         best, exp(values[best]) / sum);
  tenon_session_release(session);
  tenon_model_release(model);
  tenon_instance_release(instance);
  return 0;
}
