using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SseStreaming.AspNetCore.Binding;
using SseStreaming.AspNetCore.Controllers;

namespace SseStreaming.Api.OpenApi;

/// <summary>Adds to the operations of this API what their binders read and what their actions answer, which no signature says.</summary>
internal sealed class OperationDescription(RequestDescription request) : IOpenApiOperationTransformer
{
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var action = context.Description.ActionDescriptor;
        if (!action.EndpointMetadata.OfType<StreamApiAttribute>().Any())
            return Task.CompletedTask;

        operation.Parameters ??= [];
        operation.Responses ??= [];
        foreach (var binder in action.Parameters.Select(parameter => parameter.BindingInfo?.BinderType))
        {
            if (binder == typeof(StartRequestBinder))
                request.DescribeStart(operation, isPost: HttpMethods.IsPost(context.Description.HttpMethod ?? ""));
            else if (binder == typeof(GrantRequestBinder))
                request.DescribeGrant(operation);
            else if (binder == typeof(AppendBinder))
                RequestDescription.DescribeAppend(operation);
            else if (binder == typeof(EndBinder))
                RequestDescription.DescribeEnd(operation);
            else if (binder == typeof(LastEventIdBinder))
                RequestDescription.DescribeResume(operation);
            else if (binder == typeof(StreamFilterBinder))
                RequestDescription.DescribeFilter(operation);
            else if (binder == typeof(StreamIdBinder))
                RequestDescription.DescribeStreamId(operation);
        }
        ResponseDescription.Describe(operation.Responses, action.EndpointMetadata, context.Document!);
        return Task.CompletedTask;
    }
}
